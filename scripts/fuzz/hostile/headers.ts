import type { HeaderPair } from '../../../test/support/ext-proc-messages.ts';
import type { Prng } from '../../../test/support/prng.ts';
import { hostileBytes, longBytes } from './bytes.ts';

const NAMES = [
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'host', 'connection', 'upgrade', 'te'],
  ...[
    'authorization',
    'x-authorization',
    'cookie',
    'date',
    'x-amz-date',
    'x-amz-security-token',
    'x-amz-content-sha256',
  ],
  ...['x-amz-region-set', 'x-amz-s3session-token', 'x-amz-decoded-content-length', 'x-amz-trailer', 'x-amz-target'],
  ...['x-amz-meta-a', 'x-amz-checksum-crc32', 'x-amzn-lambda', 'x-request-id', '__proto__', 'constructor', 'x-custom'],
];
const TOKENS = [
  ...['Bearer', 'Bearer ', 'bearer a', 'Bearer abcd', 'Bearer a.b.c', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Basic dTpw'],
  ...['Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjF9.x', 'Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTk5fQ.x'],
  ...[
    'Bearer eyJhbGciOiJub25lIn0.eyJleHAiOi0xZTMwOX0.x',
    'Bearer eyJhbGciOiJub25lIn0.bnVsbA.x',
    'Bearer ====',
    'Bearer a, Bearer b',
  ],
  ...[
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
  ],
];
const LENGTHS = [
  ...[
    '0',
    '3',
    '00',
    ' 3',
    '3 ',
    '+3',
    '-1',
    '0x3',
    '3, 3',
    '1e3',
    '9007199254740993',
    '99999999999999999999',
    'x',
    '',
  ],
];

/** A few headers; once in a while a great many, or a very long one. */
export function hostileHeaders(random: Prng): HeaderPair[] {
  const headers: HeaderPair[] = Array.from({ length: random.int(8) }, () => hostileHeader(random));
  if (random.chance(0.002)) headers.push(...manyHeaders(random));
  if (random.chance(0.004)) headers.push([random.pick(NAMES), longBytes(random, 64 * 1024)]);
  return headers;
}

function hostileHeader(random: Prng): HeaderPair {
  const name = random.chance(0.8) ? random.pick(NAMES) : hostileBytes(random, 3);
  if (name === 'authorization' && random.chance(0.8)) return [name, random.pick(TOKENS)];
  if (name.endsWith('content-length') && random.chance(0.9)) return [name, random.pick(LENGTHS)];
  return [name, hostileBytes(random)];
}

function manyHeaders(random: Prng): HeaderPair[] {
  const prefix = random.pick(['x-amz-', 'x-amzn-', 'x-']);
  const isSame = random.chance(0.5);
  const value = random.pick(['a', '\t', ' a \t b ', '']);
  return Array.from({ length: 2000 }, (_, index) => [isSame ? `${prefix}a` : `${prefix}${index}`, value]);
}
