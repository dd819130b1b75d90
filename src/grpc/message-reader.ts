import { Status, StatusError } from './status.ts';

/** In front of each message: one byte that tells whether it is compressed, four of its length. */
export const PREFIX_BYTES = 5;

/** Of a message that comes in parts, as much is set aside at first, whatever length it claims. */
const FIRST_ROOM = 256 * 1024;

const NO_BYTES = Buffer.alloc(0);

/**
 * Takes gRPC's length-prefixed messages out of the bytes of one stream, however they are cut.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md Length-Prefixed-Message
 */
export class MessageReader {
  readonly #mostBytes: number;
  #chunk: Buffer = NO_BYTES;
  #at = 0;
  /** What there is of a prefix that comes in parts. */
  #prefix: number[] = [];
  /** Of the message that comes in parts: its length, its beginning, and how much of that is there. */
  #length = 0;
  #message: Buffer | undefined;
  #filled = 0;

  /** @param mostBytes that a message may have */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** To be called when `next` has given all that was in the last chunk. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Whether the bytes so far end with the end of a message. */
  get isBetweenMessages(): boolean {
    return this.#message === undefined && this.#prefix.length === 0 && this.#at === this.#chunk.length;
  }

  /**
   * The next whole message; undefined where more bytes are needed. One that came in one piece is a view of its chunk.
   * @throws StatusError for what is compressed or too large
   */
  next(): Buffer | undefined {
    if (this.#message !== undefined) return this.#fill(this.#message);
    const length = this.#nextLength();
    if (length === undefined) return undefined;
    const end = this.#at + length;
    if (end <= this.#chunk.length) {
      const message = this.#chunk.subarray(this.#at, end);
      this.#at = end;
      return message;
    }
    this.#length = length;
    this.#filled = 0;
    return this.#fill(Buffer.allocUnsafeSlow(Math.min(length, FIRST_ROOM)));
  }

  #nextLength(): number | undefined {
    const chunk = this.#chunk;
    const at = this.#at;
    if (this.#prefix.length === 0 && chunk.length - at >= PREFIX_BYTES) {
      this.#at = at + PREFIX_BYTES;
      return this.#checked(chunk[at] ?? 0, chunk.readUInt32BE(at + 1));
    }
    const part = chunk.subarray(at, at + PREFIX_BYTES - this.#prefix.length);
    this.#prefix.push(...part);
    this.#at = at + part.length;
    if (this.#prefix.length < PREFIX_BYTES) return undefined;
    const prefix = Buffer.from(this.#prefix);
    this.#prefix = [];
    return this.#checked(prefix[0] ?? 0, prefix.readUInt32BE(1));
  }

  #checked(compressed: number, length: number): number {
    if (compressed !== 0) throw new StatusError(Status.UNIMPLEMENTED, 'compressed messages are not taken');
    if (length > this.#mostBytes)
      throw new StatusError(Status.RESOURCE_EXHAUSTED, `a message of ${length} bytes; at most ${this.#mostBytes}`);
    return length;
  }

  #fill(begun: Buffer): Buffer | undefined {
    const part = this.#chunk.subarray(this.#at, this.#at + this.#length - this.#filled);
    const message = this.#withRoomFor(begun, part.length);
    part.copy(message, this.#filled);
    this.#filled += part.length;
    this.#at += part.length;
    const isWhole = this.#filled === this.#length;
    this.#message = isWhole ? undefined : message;
    return isWhole ? message : undefined;
  }

  #withRoomFor(begun: Buffer, bytes: number): Buffer {
    const needed = this.#filled + bytes;
    if (needed <= begun.length) return begun;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(needed, begun.length * 4)));
    begun.copy(larger, 0, 0, this.#filled);
    return larger;
  }
}
