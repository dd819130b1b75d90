import { escaped } from './regex.ts';

/** A path of a Kong route. */
export type KongPath = { kind: 'prefix'; prefix: string } | { kind: 'regex'; regex: string };

/** The part of an Envoy route's action that makes Kong's upstream path. */
export type Rewrite =
  | { prefix_rewrite: string }
  | { regex_rewrite: { pattern: { regex: string }; substitution: string } }
  | Record<string, never>;

/**
 * Kong's upstream path (path handling v0): the service's path, then the request's, without what the route's path matched
 * where it is stripped, joined by one slash.
 * @param base the service's path, `/` for none
 */
export function rewriteOf(path: KongPath, { base, strip }: { base: string; strip: boolean }): Rewrite {
  // Only a base of its own accord `/s/` keeps its slash, and only for a path that is nothing but slash.
  const prefix = base.replace(/\/$/, '');
  if (path.kind === 'regex') return rewriteOfRegex(path.regex, prefix, strip);
  if (path.prefix === '/') return rewriteOfRoot(base, prefix);
  if (!strip) return prefix === '' ? {} : { prefix_rewrite: `${prefix}${path.prefix}` };
  if (path.prefix.endsWith('/')) return { prefix_rewrite: `${prefix}/` };
  // `/orders`, `/orders/7`: with prefix_rewrite the second would become `//7`.
  return prefix === '' ? replaced(`^${escaped(path.prefix)}/?`, '/') : { prefix_rewrite: prefix };
}

function rewriteOfRoot(base: string, prefix: string): Rewrite {
  if (prefix === '') return {};
  // `/` alone becomes the base as it is written, without a slash that it has not.
  return base.endsWith('/') ? { prefix_rewrite: base } : replaced('^/$|^', prefix);
}

function rewriteOfRegex(regex: string, prefix: string, strip: boolean): Rewrite {
  if (!strip) return prefix === '' ? {} : replaced('^', prefix);
  return prefix === '' ? replaced(`^(?:${regex})/?`, '/') : replaced(`^(?:${regex})`, prefix);
}

function replaced(regex: string, substitution: string): Rewrite {
  return { regex_rewrite: { pattern: { regex }, substitution } };
}
