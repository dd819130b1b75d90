import { hash } from 'node:crypto';
import type { HeaderEntry } from '../types.ts';
import { type ChunkSeed, ChunkSigner } from './chunk-signer.ts';

/** Data in a chunk; only the last may be smaller (S3 wants 8 KiB at least). */
export const CHUNK_BYTES = 64 * 1024;

const SIGNATURE_LENGTH = 64;
const CHUNK_EXTENSION = ';chunk-signature='.length + SIGNATURE_LENGTH;
const TRAILER_SIGNATURE_LINE = 'x-amz-trailer-signature:'.length + SIGNATURE_LENGTH + 2;

/**
 * How many bytes a body has once it is framed and signed.
 * @param dataLength bytes of data, above zero
 * @param trailers the lengths of the trailers' names and values
 */
export function encodedLength(dataLength: number, trailers: readonly { name: number; value: number }[]): number {
  const fullChunks = Math.floor(dataLength / CHUNK_BYTES);
  const rest = dataLength % CHUNK_BYTES;
  let length = fullChunks * frameLength(CHUNK_BYTES) + (rest > 0 ? frameLength(rest) : 0);
  length += '0'.length + CHUNK_EXTENSION + 2;
  for (const { name, value } of trailers) length += name + 1 + value + 2;
  if (trailers.length > 0) length += TRAILER_SIGNATURE_LINE;
  return length + 2;
}

function frameLength(dataLength: number): number {
  return dataLength.toString(16).length + CHUNK_EXTENSION + 2 + dataLength + 2;
}

/** Frames a body as aws-chunked and signs it chunk by chunk as it passes; holds less than one chunk. */
export class AwsChunkedEncoder {
  readonly #signer: ChunkSigner;
  /** What is held of a chunk. */
  #begun = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #heldBytes = 0;
  /** The buffer of the chunk before, which may not be written yet. */
  #given = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  constructor(seed: ChunkSeed) {
    this.#signer = new ChunkSigner(seed);
  }

  /** The frames that the next data completes, in the pieces to write: views that last until the next push. */
  push(data: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let rest = data;
    if (this.#heldBytes > 0 && this.#heldBytes + rest.length >= CHUNK_BYTES) {
      const missing = CHUNK_BYTES - this.#heldBytes;
      rest.copy(this.#begun, this.#heldBytes, 0, missing);
      rest = rest.subarray(missing);
      frames.push(...this.#frame(this.#begun));
      [this.#begun, this.#given] = [this.#given, this.#begun];
      this.#heldBytes = 0;
    }
    for (; rest.length >= CHUNK_BYTES; rest = rest.subarray(CHUNK_BYTES)) {
      frames.push(...this.#frame(rest.subarray(0, CHUNK_BYTES)));
    }
    this.#heldBytes += rest.copy(this.#begun, this.#heldBytes);
    return frames;
  }

  /** The last frames: what is held, the empty chunk, the trailers with their signature. */
  end(trailers: readonly HeaderEntry[]): Buffer[] {
    const frames = this.#heldBytes > 0 ? this.#frame(this.#begun.subarray(0, this.#heldBytes)) : [];
    frames.push(...this.#frame(NO_DATA));
    // The empty chunk ends without the blank line of a chunk's data: trailers, or the body's end, follow at once.
    frames.pop();
    if (trailers.length > 0) {
      const signed = trailers.map(([name, value]) => `${name}:${value}\n`).join('');
      const written = trailers.map(([name, value]) => `${name}:${value}\r\n`).join('');
      frames.push(Buffer.from(`${written}x-amz-trailer-signature:${this.#signer.trailer(signed)}\r\n`, 'latin1'));
    }
    frames.push(NEWLINE);
    return frames;
  }

  #frame(data: Buffer): Buffer[] {
    const signature = this.#signer.chunk(hash('sha256', data));
    return [Buffer.from(`${data.length.toString(16)};chunk-signature=${signature}\r\n`, 'latin1'), data, NEWLINE];
  }
}

const NO_DATA = Buffer.alloc(0);
const NEWLINE = Buffer.from('\r\n');
