import type { SigningConfig } from '../config/index.ts';
import { ConfigError } from '../errors/index.ts';

/**
 * The path that the target gets, and that is signed, of the one that goes on from the filter; queries included. What
 * the gateway's rewrite leaves no path of becomes `/`.
 * @throws ConfigError SIGV4_CONFIG_INVALID where the path does not begin with what is to be stripped
 */
export function pathAtTarget({ rewritePath }: SigningConfig, path: string): string {
  if (rewritePath === undefined) return path;
  const { stripPrefix, replace } = rewritePath;
  if (!path.startsWith(stripPrefix)) throw unfit('the path does not begin with rewrite_path.strip_prefix');
  const rewritten = replace + path.slice(stripPrefix.length);
  if (rewritten.startsWith('/')) return rewritten;
  if (rewritten === '' || rewritten.startsWith('?')) return `/${rewritten}`;
  throw unfit('rewrite_path leaves a path that does not begin with /');
}

/**
 * The other way round: the path to send on, of which the gateway makes the signed one. It differs from the client's
 * where a stricter encoding or a signature in the query is written; its beginning stays what the gateway replaces.
 */
export function pathBehindFilter({ rewritePath }: SigningConfig, signed: string): string {
  return rewritePath ? rewritePath.stripPrefix + signed.slice(rewritePath.replace.length) : signed;
}

function unfit(problem: string): ConfigError {
  return new ConfigError('SIGV4_CONFIG_INVALID', `signing config: ${problem}`);
}
