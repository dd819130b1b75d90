import { EMPTY_PAYLOAD_HASH, payloadHash, type SignedRequest } from '../signing/index.ts';

/** The first link of the chain of chunk signatures. */
export interface FirstChunk {
  bytes: number;
  stringToSign: string;
  signature: string;
}

/**
 * Reads the first chunk of a body as it leaves, and the string that its signature is of.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export function firstChunk(frames: Buffer, { signature, timestamp, scope }: SignedRequest): FirstChunk | undefined {
  const head = frames.toString('latin1', 0, 120);
  const [line, size = '', own] = /^([0-9a-f]+);chunk-signature=([0-9a-f]{64})\r\n/.exec(head) ?? [];
  if (line === undefined || own === undefined) return undefined;
  const data = frames.subarray(line.length, line.length + Number.parseInt(size, 16));
  const lines = ['AWS4-HMAC-SHA256-PAYLOAD', timestamp, scope, signature, EMPTY_PAYLOAD_HASH, payloadHash(data)];
  return { bytes: data.length, stringToSign: lines.join('\n'), signature: own };
}
