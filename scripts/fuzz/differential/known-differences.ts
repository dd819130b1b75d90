import type { Ours } from './wire.ts';

export type PeerName = 'aws4' | 'botocore' | 'awscrt';

/** A way in which a peer is known to differ, and why ours is kept. */
export interface KnownDifference {
  peer: PeerName;
  name: string;
  reason: string;
  matches(ours: Ours): boolean;
}

const UNICODE_BLANKS = '\u00a0\u3000\ufeff';

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    peer: 'aws4',
    name: 'S3 rules',
    reason:
      'applies the path rules of S3 to the service `s3` and to no other, whatever the rest of the family or a route needs',
    matches: ({ wire: { service, rules } }) =>
      (service === 's3') !== (rules.pathEncoding === 'single') || (service === 's3') === rules.pathNormalization,
  },
  {
    peer: 'aws4',
    name: 'raw path',
    reason: 'encodes a path that holds characters outside RFC 3986 before it signs it, and does not send what came',
    matches: ({ wire: { target } }) => /[^0-9A-Za-z;,/?:@&=+$\-_.!~*'()#%]/.test(pathOf(target)),
  },
  {
    peer: 'aws4',
    name: 'not UTF-8',
    reason: 'decodes to text, so that bytes that are none are lost or refused',
    matches: ({ wire: { target } }) => !isUtf8(decoded(target)),
  },
  {
    peer: 'aws4',
    name: 'nameless pair',
    reason: 'drops `=value`, which has a value and goes over the wire',
    matches: ({ wire: { target } }) => pairsOf(target).some(([name]) => name === ''),
  },
  {
    peer: 'aws4',
    name: '__proto__',
    reason: 'loses a pair of this name, as it keeps the query in a plain object',
    matches: ({ wire: { target } }) => pairsOf(target).some(([name]) => name === '__proto__'),
  },
  {
    peer: 'aws4',
    name: 'duplicate names in S3',
    reason: 'keeps the first of them',
    matches: ({ wire: { target, service } }) => service === 's3' && hasDuplicates(target),
  },
  {
    peer: 'aws4',
    name: 'presigned payload in S3',
    reason: 'signs UNSIGNED-PAYLOAD whatever x-amz-content-sha256 says',
    matches: ({ wire: { service, expires, payloadHash } }) =>
      service === 's3' && expires !== undefined && payloadHash !== 'UNSIGNED-PAYLOAD',
  },
  {
    peer: 'aws4',
    name: 'Unicode blanks',
    reason: 'takes every blank of Unicode for a space, where AWS means spaces',
    matches: ({ wire: { headers } }) => headers.some(([, value]) => holdsAny(value, UNICODE_BLANKS)),
  },
  {
    peer: 'botocore',
    name: 'Unicode blanks',
    reason: 'takes every blank of Unicode, and the separators of ASCII, for a space, where AWS means spaces',
    matches: ({ wire: { headers } }) =>
      headers.some(([, value]) => holdsAny(value, `${UNICODE_BLANKS}\u001c\u001d\u001e\u001f\u0085`)),
  },
  {
    peer: 'botocore',
    name: 'method in lower case',
    reason: 'signs it in upper case; HTTP methods are case-sensitive',
    matches: ({ wire: { method } }) => method !== method.toUpperCase(),
  },
  {
    peer: 'botocore',
    name: 'date header',
    reason: 'replaces a date header by its own and leaves x-amz-date out',
    matches: ({ wire: { headers, expires } }) => expires === undefined && headers.some(([name]) => name === 'date'),
  },
  {
    peer: 'botocore',
    name: 'presigned duplicate names',
    reason: 'keeps the first of them',
    matches: ({ wire: { target, expires } }) => expires !== undefined && hasDuplicates(target),
  },
  {
    peer: 'botocore',
    name: 'presigned, not UTF-8',
    reason: 'decodes the query to text, so that bytes that are none are lost',
    matches: ({ wire: { target, expires } }) => expires !== undefined && !isUtf8(decoded(queryOf(target))),
  },
  {
    peer: 'awscrt',
    name: ':/',
    reason: 'takes what stands before the first `:/` of a path for a scheme, and refuses or forgets it',
    matches: ({ wire: { target } }) => pathOf(target).includes(':/'),
  },
];

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? '';
}

function queryOf(target: string): string {
  return target.slice(pathOf(target).length + 1);
}

function pairsOf(target: string): [name: string, value: string][] {
  return queryOf(target)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      return [name, value];
    });
}

function hasDuplicates(target: string): boolean {
  const names = pairsOf(target).map(([name]) => name);
  return new Set(names).size < names.length;
}

function decoded(encoded: string): Buffer {
  const bytes = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1');
}

function holdsAny(bytes: string, characters: string): boolean {
  return [...Buffer.from(bytes, 'latin1').toString('utf8')].some((character) => characters.includes(character));
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}
