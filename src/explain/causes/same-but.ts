import { percentDecode } from '../../signing/index.ts';

// Each makes texts equal that differ in one thing only.

/** Slashes and dots of a path. */
export function merged(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}

/** The encoding of a path, twice encoded ones included. */
export function fullyDecoded(path: string): string {
  return percentDecode(percentDecode(path));
}

/** Plus signs and blanks of a query. */
export function plusAsBlank(query: string): string {
  return query.replace(/\+|%2B/gi, '%20');
}

/** The order and encoding of a query's pairs. */
export function sortedPairs(query: string): string {
  return query.replaceAll('+', ' ').split('&').map(percentDecode).sort().join('&');
}

export function withoutPort(authority: string): string {
  return authority.replace(/:\d+$/, '');
}

/** Blanks and tabs. */
export function squeezed(value: string): string {
  return value.replace(/\s+/g, ' ').trim();
}

/** Whether a payload hash is none, but says how the body is not hashed. */
export function isKeyword(payloadHash: string): boolean {
  return /^[A-Z]/.test(payloadHash);
}
