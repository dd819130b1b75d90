import type { ServiceRules } from './types.ts';
import { percentDecode, uriEncodePath } from './uri-encoding.ts';

export interface CanonicalPath {
  /** What the signature covers. */
  canonical: string;
  /** What has to be on the wire for AWS to compute the same. */
  wire: string;
}

/** The canonical form of a wire path (without its query) under a service's rules. */
export function canonicalPath(path: string, rules: ServiceRules): CanonicalPath {
  const wire = rules.pathEncoding === 'single' ? uriEncodePath(percentDecode(path)) : path;
  const normalized = rules.pathNormalization ? normalizePath(wire) : wire;
  const canonical = rules.pathEncoding === 'double' ? uriEncodePath(normalized) : normalized;
  return { canonical: canonical === '' ? '/' : canonical, wire };
}

/** Resolves `.` and `..` and drops empty segments; a trailing slash stays (RFC 3986 §5.2.4, as AWS applies it). */
function normalizePath(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  const trailingSlash = path.endsWith('/') && segments.length > 0 ? '/' : '';
  return `/${segments.join('/')}${trailingSlash}`;
}
