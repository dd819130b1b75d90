import { buffers } from '../protobuf/index.ts';
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
  /** Of the message that comes in parts: its length, the buffer with its beginning, and how much of that is there. */
  #length = 0;
  #begun: Buffer | undefined;
  #filled = 0;
  /** The buffer that the last message is a view of. */
  #lent: Buffer | undefined;

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
    return this.#begun === undefined && this.#prefix.length === 0 && this.#at === this.#chunk.length;
  }

  /**
   * The next whole message; undefined where more bytes are needed. It is lent until `next` or `release` is called: then
   * others are written where it was.
   * @throws StatusError for what is compressed or too large
   */
  next(): Buffer | undefined {
    this.release();
    if (this.#begun !== undefined) return this.#fill(this.#begun);
    const length = this.#nextLength();
    if (length === undefined) return this.#drop();
    const end = this.#at + length;
    if (end <= this.#chunk.length) {
      const message = this.#chunk.subarray(this.#at, end);
      this.#at = end;
      if (end === this.#chunk.length) this.#drop();
      return message;
    }
    this.#length = length;
    this.#filled = 0;
    return this.#fill(buffers.take(Math.min(length, FIRST_ROOM)));
  }

  /** Ends the loan of the last message. */
  release(): void {
    if (this.#lent === undefined) return;
    buffers.give(this.#lent);
    this.#lent = undefined;
  }

  /** To be called when no more is to come. */
  close(): void {
    if (this.#begun !== undefined) buffers.give(this.#begun);
    this.#begun = undefined;
  }

  /** A stream that waits, for more or for its last message's answer, keeps no chunk of 64 KiB alive. */
  #drop(): undefined {
    this.#chunk = NO_BYTES;
    this.#at = 0;
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
    const buffer = this.#withRoomFor(begun, part.length);
    part.copy(buffer, this.#filled);
    this.#filled += part.length;
    this.#at += part.length;
    if (this.#filled < this.#length) {
      this.#begun = buffer;
      return this.#drop();
    }
    this.#begun = undefined;
    this.#lent = buffer;
    if (this.#at === this.#chunk.length) this.#drop();
    return buffer.subarray(0, this.#length);
  }

  #withRoomFor(begun: Buffer, bytes: number): Buffer {
    const needed = this.#filled + bytes;
    if (needed <= begun.length) return begun;
    const larger = buffers.take(Math.min(this.#length, Math.max(needed, begun.length * 4)));
    begun.copy(larger, 0, 0, this.#filled);
    buffers.give(begun);
    return larger;
  }
}
