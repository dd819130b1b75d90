import { Buffer } from 'node:buffer';
import type { HeaderPair } from '../../../test/support/ext-proc-messages.ts';
import type { Prng } from '../../../test/support/prng.ts';
import { damaged, hostileBytes } from './bytes.ts';

const STREAMING_HASHES = [
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-NONSENSE',
];

export interface HostileBody {
  bytes: Buffer;
  /** What the client says of it. */
  headers: HeaderPair[];
}

/** @param dataLength bytes of data, where it matters how many there are */
export function hostileBody(random: Prng, dataLength?: number): HostileBody {
  return random.chance(0.5) ? plainBody(random, dataLength) : framedBody(random, dataLength);
}

function framedBody(random: Prng, dataLength = random.pick([0, 1, 5, 1000, 65_536])): HostileBody {
  const trailers = random.chance(0.5) ? ['x-amz-checksum-crc32:AAAAAA=='] : [];
  if (random.chance(0.1)) trailers.push(`${random.pick(['', 'x-amz-checksum-crc32:'])}${hostileBytes(random, 8)}`);
  if (random.chance(0.02)) trailers.push(`x:x${' '.repeat(4000)}x`);
  const framed = frames(random, dataLength, trailers);
  const announced = random.chance(0.7) ? String(dataLength) : random.pick(['', '0', '-1', '1e9', '999999999999999']);
  const bytes = Buffer.from(random.chance(0.5) ? framed : damaged(random, framed), 'latin1');
  const headers: HeaderPair[] = [
    ['content-encoding', random.pick(['aws-chunked', 'AWS-Chunked, gzip', 'gzip,aws-chunked'])],
  ];
  if (random.chance(0.8)) headers.push(['x-amz-decoded-content-length', announced]);
  if (random.chance(0.8)) headers.push(['x-amz-content-sha256', random.pick(STREAMING_HASHES)]);
  if (random.chance(0.5)) headers.push(['x-amz-trailer', random.pick(['x-amz-checksum-crc32', '', 'x-evil', 'a,b'])]);
  if (random.chance(0.6)) headers.push(['content-length', String(bytes.length)]);
  return { bytes, headers };
}

function plainBody(random: Prng, dataLength = random.chance(0.03) ? 200_000 : undefined): HostileBody {
  const bytes =
    dataLength === undefined ? Buffer.from(hostileBytes(random, 30), 'latin1') : Buffer.alloc(dataLength, 'x');
  const length = random.chance(0.8) ? bytes.length : random.pick([0, 1, bytes.length + 1]);
  return { bytes, headers: random.chance(0.7) ? [['content-length', String(length)]] : [] };
}

function frames(random: Prng, dataLength: number, trailers: readonly string[]): string {
  const signature = random.chance(0.5) ? `;chunk-signature=${'0'.repeat(64)}` : '';
  let text = '';
  for (let left = dataLength; left > 0; ) {
    const size = Math.min(left, random.pick([1, 7, 8192, 65_536]), left < 2000 ? left : 65_536);
    const piece = size === 1 && left > 3 ? Math.min(left, 4000) : size;
    text += `${piece.toString(16)}${signature}\r\n${'d'.repeat(piece)}\r\n`;
    left -= piece;
  }
  return `${text}0${signature}\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`;
}

/** The parts in which a body may come: now and then byte by byte. */
export function parts(random: Prng, bytes: Buffer): Buffer[] {
  if (bytes.length === 0) return [bytes];
  const size = bytes.length < 300 && random.chance(0.3) ? 1 : random.pick([100, 4096, 65_536, bytes.length]);
  const atLeast = Math.max(size, Math.ceil(bytes.length / 300));
  return Array.from({ length: Math.ceil(bytes.length / atLeast) }, (_, index) =>
    bytes.subarray(index * atLeast, (index + 1) * atLeast),
  );
}
