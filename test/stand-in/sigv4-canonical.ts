import { headerPairs } from './http.ts';

/**
 * How a service turns the wire path into the canonical one.
 * `decode-once`: decode the whole path, encode strictly once, never normalise (the S3 family).
 * `encode-again`: remove empty, `.` and `..` segments, then encode the wire bytes once more (everything else).
 */
export type PathRule = 'decode-once' | 'encode-again';

const S3_FAMILY = new Set(['s3', 's3-outposts', 's3express', 's3-object-lambda']);

export function isS3Family(service: string): boolean {
  return S3_FAMILY.has(service);
}

/** Percent-encodes every byte of a latin1 byte string but RFC 3986's unreserved ones. */
export function encodeStrictly(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9\-._~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Decodes `%XX` to the byte it stands for; a `%` that starts no escape stays. */
export function decodePercent(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  const trailing = kept.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${kept.join('/')}${trailing}`;
}

/** The CanonicalURI of a wire path (latin1 bytes, no query). */
export function canonicalPath(path: string, rule: PathRule): string {
  const bytes = rule === 'decode-once' ? decodePercent(path) : removeDotSegments(path);
  return bytes.split('/').map(encodeStrictly).join('/') || '/';
}

/** Decoded name and value of each pair of a raw query, in wire order. Empty pairs (`&&`) are no pairs; `+` is a space. */
export function queryPairs(rawQuery: string): [name: string, value: string][] {
  const decode = (text: string): string => decodePercent(text.replaceAll('+', ' '));
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The CanonicalQueryString: encoded strictly, sorted by encoded name, then encoded value. */
export function canonicalQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/**
 * The CanonicalHeaders block for the given lower-case names, one `name:value\n` each: values trimmed, runs of blanks
 * one space, repeated headers joined by a comma in wire order. A name that is not on the wire is returned in `absent`.
 */
export function canonicalHeaders(
  rawHeaders: readonly string[],
  names: readonly string[],
): { block: string; absent: string[] } {
  const byName = new Map<string, string[]>();
  for (const [name, value] of headerPairs(rawHeaders)) {
    const key = name.toLowerCase();
    const tidy = value.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
    byName.set(key, [...(byName.get(key) ?? []), tidy]);
  }
  const lines = names.map((name) => `${name}:${(byName.get(name) ?? []).join(',')}\n`);
  return { block: lines.join(''), absent: names.filter((name) => !byName.has(name)) };
}
