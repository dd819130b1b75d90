import { frameSizeError } from './codes.ts';

/** Length, type, flags, stream. @see https://www.rfc-editor.org/rfc/rfc9113 §4.1 */
export const FRAME_HEADER_BYTES = 9;

/** As SETTINGS_MAX_FRAME_SIZE has it by default; no peer is told another. */
export const MOST_PAYLOAD_BYTES = 16_384;

const LONGEST_FRAME_BYTES = FRAME_HEADER_BYTES + MOST_PAYLOAD_BYTES;

/** @param payload a view of memory that nothing else is written to */
export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void;

/** Takes the frames out of the bytes of a connection, however they are cut. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** Room for a frame that comes in parts. */
  #part: Buffer | undefined;
  /** How much of it there is. */
  #filled = 0;
  #isStopped = false;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /**
   * @param until when to stop, of performance.now(); one frame at least is given
   * @returns what is left of the chunk by then, to be fed ahead of all else
   * @throws ConnectionError FRAME_SIZE_ERROR, and what `onFrame` throws
   */
  feed(chunk: Buffer, until = Number.POSITIVE_INFINITY): Buffer | undefined {
    let at = this.#filled > 0 ? this.#complete(chunk) : 0;
    while (!this.#isStopped && chunk.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + payloadLength(chunk, at);
      if (end > chunk.length) break;
      if (at > 0 && performance.now() >= until) return chunk.subarray(at);
      this.#give(chunk, at, end);
      at = end;
    }
    if (at < chunk.length && !this.#isStopped) this.#keep(chunk, at);
    return undefined;
  }

  /** Gives no more frames, also of the chunk that is being fed. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Adds to the frame that has begun. @returns where the next one begins */
  #complete(chunk: Buffer): number {
    const part = this.#part as Buffer;
    let at = 0;
    if (this.#filled < FRAME_HEADER_BYTES) {
      at = this.#fill(part, chunk, 0, FRAME_HEADER_BYTES);
      if (this.#filled < FRAME_HEADER_BYTES) return at;
    }
    const end = FRAME_HEADER_BYTES + payloadLength(part, 0);
    at = this.#fill(part, chunk, at, end);
    if (this.#filled < end) return at;
    this.#filled = 0;
    this.#part = undefined;
    this.#give(part, 0, end);
    return at;
  }

  #keep(chunk: Buffer, at: number): void {
    const isLengthKnown = chunk.length - at >= FRAME_HEADER_BYTES;
    const length = isLengthKnown ? FRAME_HEADER_BYTES + payloadLength(chunk, at) : LONGEST_FRAME_BYTES;
    this.#part = Buffer.allocUnsafe(length);
    this.#filled = chunk.copy(this.#part, 0, at);
  }

  #fill(part: Buffer, chunk: Buffer, at: number, end: number): number {
    const copied = chunk.copy(part, this.#filled, at, at + end - this.#filled);
    this.#filled += copied;
    return at + copied;
  }

  #give(bytes: Buffer, at: number, end: number): void {
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.#onFrame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, streamId, bytes.subarray(at + FRAME_HEADER_BYTES, end));
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length > MOST_PAYLOAD_BYTES) throw frameSizeError('a frame that is too long');
  return length;
}
