import { crc32 } from 'node:zlib';
import type { HeaderList } from '../../support/client.ts';

/** The ways in which SDKs frame a body, by their x-amz-content-sha256. */
export const FRAMINGS = [
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
] as const;

export type Framing = (typeof FRAMINGS)[number];

const NOBODYS_SIGNATURE = '0123456789abcdef'.repeat(4);

/** A body as a client frames it whose keys nobody knows, with the headers that go with it; trailers hold its CRC-32. */
export function clientFramed(
  data: Buffer,
  framing: Framing,
  chunkBytes: number,
): { headers: HeaderList; body: Buffer } {
  const signed = framing !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const extension = signed ? `;chunk-signature=${NOBODYS_SIGNATURE}` : '';
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += chunkBytes) {
    const chunk = data.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`0${extension}\r\n`));
  const trailer = framing.endsWith('-TRAILER');
  if (trailer) parts.push(Buffer.from(`x-amz-checksum-crc32:${base64Crc32(data)}\r\n`));
  if (trailer && signed) parts.push(Buffer.from(`x-amz-trailer-signature:${NOBODYS_SIGNATURE}\r\n`));
  parts.push(Buffer.from('\r\n'));
  return {
    headers: [
      ['Content-Encoding', 'aws-chunked'],
      ['X-Amz-Content-Sha256', framing],
      ['X-Amz-Decoded-Content-Length', String(data.length)],
      ...(trailer ? ([['X-Amz-Trailer', 'x-amz-checksum-crc32']] as const) : []),
    ],
    body: Buffer.concat(parts),
  };
}

export function base64Crc32(data: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
}
