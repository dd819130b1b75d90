import type { HeaderEntry } from './types.ts';

export interface CanonicalHeaders {
  /** `name:value\n` for each signed header, sorted by name. */
  canonical: string;
  /** The names joined by `;`. */
  signedHeaders: string;
}

/** The canonical form of the headers to sign. Repeated names are joined by a comma in the order in which they came. */
export function canonicalHeaders(headers: readonly HeaderEntry[]): CanonicalHeaders {
  const values = joinedValues(headers);
  const names = [...values.keys()].sort();
  let canonical = '';
  for (const name of names) canonical += `${name}:${values.get(name)}\n`;
  return { canonical, signedHeaders: names.join(';') };
}

/** The canonical value of each name; repeated names are joined by a comma. */
export function joinedValues(headers: readonly HeaderEntry[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const earlier = values.get(name);
    const trimmed = canonicalHeaderValue(value);
    values.set(name, earlier === undefined ? trimmed : `${earlier},${trimmed}`);
  }
  return values;
}

/** A header value with blanks trimmed at its ends and runs of them inside made one space. */
export function canonicalHeaderValue(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}
