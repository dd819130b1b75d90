import type { RawRoute } from './file-schema.ts';
import type { KongPath } from './path-rewrite.ts';

/**
 * Kong's order between routes that match the same request; Envoy takes the first. How many kinds of conditions counts
 * first; before Kong 3.0 then which ones, hosts before headers before paths before methods; then plain hosts, more
 * headers, regular expressions by their priority, longer prefixes.
 * @param tildePaths the file is of Kong 3.0 or newer, whose default router (`traditional_compatible`) is followed
 * @returns numbers to compare from the first on, the higher one first
 */
export function precedenceOf(raw: RawRoute, path: KongPath, tildePaths: boolean): readonly number[] {
  const hosts = raw.hosts ?? [];
  const headers = Object.keys(raw.headers ?? {}).length;
  const kinds = [hosts.length > 0, headers > 0, Boolean(raw.paths?.length), Boolean(raw.methods?.length)];
  const plainHosts = hosts.length > 0 && hosts.every((host) => !host.includes('*'));
  const isRegex = path.kind === 'regex';
  return [
    kinds.filter(Boolean).length,
    ...(tildePaths ? [] : kinds.map(Number)),
    Number(plainHosts),
    headers,
    Number(isRegex),
    isRegex ? (raw.regex_priority ?? 0) : 0,
    path.kind === 'prefix' ? path.prefix.length : 0,
  ];
}

/** For a sort that keeps the file's order between equals. */
export function byPrecedence(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = (b[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
}
