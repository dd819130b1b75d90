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
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(seed: ChunkSeed) {
    this.#signer = new ChunkSigner(seed);
  }

  /** The frames that the next data completes, in the pieces to write. */
  push(data: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let rest = data;
    while (this.#heldBytes + rest.length >= CHUNK_BYTES) {
      const piece = rest.subarray(0, CHUNK_BYTES - this.#heldBytes);
      rest = rest.subarray(piece.length);
      this.#hold(piece);
      frames.push(...this.#frame());
    }
    if (rest.length > 0) this.#hold(rest);
    return frames;
  }

  /** The last frames: what is held, the empty chunk, the trailers with their signature. */
  end(trailers: readonly HeaderEntry[]): Buffer[] {
    const frames = this.#heldBytes > 0 ? this.#frame() : [];
    frames.push(...this.#frame());
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

  #hold(piece: Buffer): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  #frame(): Buffer[] {
    const data = this.#held.length === 1 && this.#held[0] ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    const signature = this.#signer.chunk(hash('sha256', data));
    return [Buffer.from(`${data.length.toString(16)};chunk-signature=${signature}\r\n`, 'latin1'), data, NEWLINE];
  }
}

const NEWLINE = Buffer.from('\r\n');
