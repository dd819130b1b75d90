import { buffers } from './buffer-pool.ts';
import { WireType } from './reader.ts';

/** A buffer that had to grow larger than this is lent to its message, instead of a copy of it. */
const FIRST_BYTES = 16 * 1024;

/**
 * Writes a message of the protobuf wire format from its end to its beginning, so that the length of what is nested is
 * known when it is due. Fields are therefore written last to first.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class BackwardWriter {
  readonly #own = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #buffer: Buffer = this.#own;
  /** Where what is written begins. */
  #at = FIRST_BYTES;

  /**
   * The whole message; the writer is empty again.
   * @param headroom bytes to leave unwritten in front of it
   * @returns for a large one a view of a lent buffer, which may be given back to `buffers`
   */
  finish(headroom = 0): Buffer {
    const at = this.#reserve(headroom);
    const written = this.#buffer.subarray(at);
    const isLent = this.#buffer !== this.#own;
    this.#buffer = this.#own;
    this.#at = FIRST_BYTES;
    return isLent ? written : Buffer.from(written);
  }

  /** To be handed to `message` when all of a nested message is written. */
  mark(): number {
    return this.#buffer.length - this.#at;
  }

  /** Makes all that was written since the mark the message in a field. */
  message(field: number, mark: number): void {
    this.#varint(this.mark() - mark);
    this.#tag(field, WireType.LENGTH);
  }

  bytes(field: number, bytes: Buffer): void {
    // To make room may be to take another buffer, so that comes first.
    const at = this.#reserve(bytes.length);
    bytes.copy(this.#buffer, at);
    this.#varint(bytes.length);
    this.#tag(field, WireType.LENGTH);
  }

  /** Bytes that lie in several buffers, as one value. */
  parts(field: number, parts: readonly Buffer[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let at = this.#reserve(length);
    for (const part of parts) at += part.copy(this.#buffer, at);
    this.#varint(length);
    this.#tag(field, WireType.LENGTH);
  }

  /** A text of characters up to U+00FF, one byte for each. */
  latin1(field: number, text: string): void {
    const { length } = text;
    const at = this.#reserve(length);
    this.#buffer.write(text, at, length, 'latin1');
    this.#varint(length);
    this.#tag(field, WireType.LENGTH);
  }

  utf8(field: number, text: string): void {
    this.bytes(field, Buffer.from(text, 'utf8'));
  }

  /** A positive integer below 2^53. */
  varint(field: number, value: number): void {
    this.#varint(value);
    this.#tag(field, WireType.VARINT);
  }

  bool(field: number, value: boolean): void {
    this.varint(field, value ? 1 : 0);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    if (value < 0x80) {
      const at = this.#reserve(1);
      this.#buffer[at] = value;
      return;
    }
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
    let at = this.#reserve(bytes.length);
    for (const byte of bytes) this.#buffer[at++] = byte;
  }

  /** Makes room in front of what is written; returns where it begins. */
  #reserve(length: number): number {
    if (this.#at < length) this.#grow(length);
    this.#at -= length;
    return this.#at;
  }

  #grow(length: number): void {
    const written = this.#buffer.length - this.#at;
    const larger = buffers.take(Math.max(this.#buffer.length * 2, written + length));
    this.#buffer.copy(larger, larger.length - written, this.#at);
    buffers.give(this.#buffer);
    this.#at = larger.length - written;
    this.#buffer = larger;
  }
}
