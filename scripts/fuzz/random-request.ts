import type { HeaderEntry, WireRequest } from '../../src/signing/index.ts';
import type { Prng } from '../../test/support/prng.ts';

/** Each character is one byte, as on the wire. */
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const PATH_PIECES = [
  ...['a', 'B7', 'photos', '-._~', 'x'.repeat(40), 'index.html', 'cafe'],
  ...['%20', '%2F', '%2f', '%25', '%41', '%7E', '%7e', '%C3%A9', '%c3%a9', '%E2%82%AC', '%00', '%0a', '%FF'],
  ...[
    '+',
    '!',
    '$',
    '&',
    "'",
    '(',
    ')',
    '*',
    ',',
    ';',
    '=',
    ':',
    '@',
    '~',
    '|',
    '[',
    ']',
    '"',
    '\\',
    '^',
    '`',
    '{',
    '}',
  ],
  ...['%', '%2', '%zz', '%%41', 'a=b', utf8('é'), utf8('日本'), utf8('😀')],
];
/** So many pieces at the head of each list need no encoding. */
const PLAIN_PIECES = 7;
const SEGMENTS = ['', '.', '..', '...', '.hidden', '%2E%2E', '%2e', '..;'];

const QUERY_PIECES = [
  ...['a', 'B', 'list-type', '2', 'prefix', 'X-Custom', '10', '9', 'q.~_-', '__proto__', 'constructor', 'toString'],
  ...['%20', '+', '%2B', '%2b', '%3D', '%26', '%25', '%41', '%7e', '%C3%A9', '%e2%82%ac', '%FF', '%00', '%zz', '%'],
  ...['!', '$', "'", '(', ')', '*', ',', ';', ':', '@', '/', '?', '|', '[', ']', '"', '\\', '^', '`', '{', '}', '~'],
  ...[utf8('é'), utf8('日本')],
];
const SIGNATURE_QUERY = ['X-Amz-Signature', 'x-amz-date', 'X-Amz-Credential', 'X-Amz-Expires', 'X-Amz-Security-Token'];

const HEADER_NAMES = [
  ...['content-type', 'x-amz-target', 'x-amz-meta-a', 'x-amz-meta-b', 'x-amz-acl', 'x-amz-copy-source', 'x-amz-a'],
  ...[
    'range',
    'cache-control',
    'if-match',
    'content-md5',
    'x-custom',
    'accept',
    'x-amzn-trace',
    'x-request-id',
    'date',
  ],
];
const VALUE_PIECES = [
  ...[
    'a',
    'Value',
    'application/json',
    'charset=utf-8',
    '"quoted  twice"',
    ',',
    ';',
    '=',
    '/',
    ':',
    '%20',
    "it's",
    '0',
  ],
  ...[
    ' ',
    '  ',
    '   ',
    '\t',
    ' \t ',
    utf8('é'),
    utf8('日本'),
    utf8('\u00a0'),
    utf8('\u3000'),
    '\u00ff',
    '\u00a0',
    '\u001f',
  ],
];
const SIGNATURE_HEADERS: readonly HeaderEntry[] = [
  ['authorization', 'AWS4-HMAC-SHA256 Credential=AKIACLIENT/20200101/us-east-1/s3/aws4_request, Signature=0'],
  ['x-amz-date', '20200101T000000Z'],
  ['x-amz-security-token', 'of the client'],
  ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
];

const METHODS = ['GET', 'GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'M-SEARCH'];
const AUTHORITIES = [
  ...['api.example.com', 'bucket.s3.eu-west-1.amazonaws.com', 'API.Example.com', 'example.com:8443', '[::1]:9000'],
  ...['abc123.execute-api.us-east-1.amazonaws.com:443', 'xn--bcher-kva.example'],
];

/** A request as a filter may see it: plain as often as not in each of its parts, so that failures can be told apart. */
export function randomRequest(random: Prng): WireRequest {
  return {
    method: random.chance(0.02) ? 'get' : random.pick(METHODS),
    path: randomPath(random) + randomQuery(random),
    authority: random.pick(AUTHORITIES),
    headers: randomHeaders(random),
  };
}

function randomPath(random: Prng): string {
  if (random.chance(0.15)) return '/';
  const from = plainOrOdd(random, PATH_PIECES);
  const segments = Array.from({ length: 1 + random.int(5) }, () =>
    random.chance(0.2) ? random.pick(SEGMENTS) : pieces(random, from, 4),
  );
  return `/${segments.join('/')}${random.chance(0.2) ? '/' : ''}`;
}

function randomQuery(random: Prng): string {
  if (random.chance(0.3)) return random.chance(0.1) ? '?' : '';
  const from = plainOrOdd(random, QUERY_PIECES);
  const names: string[] = [];
  const pairs = Array.from({ length: 1 + random.int(6) }, () => {
    if (random.chance(0.05)) return random.pick(['', '=', '&', '==']);
    if (random.chance(0.04)) return `${random.pick(SIGNATURE_QUERY)}=1`;
    const repeated = names.length > 0 && random.chance(0.1);
    const name = repeated ? random.pick(names) : pieces(random, from, 3);
    names.push(name);
    if (random.chance(0.15)) return name;
    return `${name}=${random.chance(0.15) ? '' : pieces(random, from, 4)}${random.chance(0.05) ? '=c' : ''}`;
  });
  return `?${pairs.join('&')}`;
}

function randomHeaders(random: Prng): HeaderEntry[] {
  const from = plainOrOdd(random, VALUE_PIECES);
  const headers: HeaderEntry[] = Array.from({ length: random.int(6) }, () => [
    random.pick(HEADER_NAMES),
    random.chance(0.1) ? '' : pieces(random, from, 5).replace(/^[ \t]+|[ \t]+$/g, ''),
  ]);
  if (random.chance(0.1)) headers.push(random.pick(SIGNATURE_HEADERS));
  return headers;
}

function plainOrOdd(random: Prng, from: readonly string[]): readonly string[] {
  return random.chance(0.5) ? from.slice(0, PLAIN_PIECES) : from;
}

function pieces(random: Prng, from: readonly string[], most: number): string {
  return Array.from({ length: 1 + random.int(most) }, () => random.pick(from)).join('');
}
