/** The bytes are no message of the kind that was expected. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 } as const;

/**
 * Reads a message of the protobuf wire format field by field: `next` steps to the next field of the message at hand,
 * a read or `skip` takes its value.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Reader {
  readonly #buffer: Buffer;
  #at = 0;
  #end: number;
  /** Of the field at hand. */
  field = 0;
  #wireType = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#end = buffer.length;
  }

  /** Steps to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    if (this.field === 0) throw new MalformedMessageError('a field without a number');
    return true;
  }

  /** Reads the message in the field at hand by a function that steps through its fields. */
  message<T>(read: (reader: Reader, into: T) => void, into: T): T {
    const after = this.#lengthEnd();
    const outer = this.#end;
    this.#end = after;
    read(this, into);
    if (this.#at !== after) throw new MalformedMessageError('a message that goes on behind its end');
    this.#end = outer;
    return into;
  }

  bytes(): Buffer {
    const end = this.#lengthEnd();
    const bytes = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** One character for each byte. */
  latin1(): string {
    return this.#text('latin1');
  }

  utf8(): string {
    return this.#text('utf8');
  }

  bool(): boolean {
    return this.#expect(WireType.VARINT).#varint() !== 0;
  }

  /** An enum's or a small integer's value; of larger ones the lowest 32 bits. */
  uint32(): number {
    return this.#expect(WireType.VARINT).#varint();
  }

  double(): number {
    this.#expect(WireType.FIXED64).#require(8);
    const value = this.#buffer.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  /** Leaves out the field at hand, whatever it is. */
  skip(): void {
    switch (this.#wireType) {
      case WireType.VARINT:
        this.#varint();
        return;
      case WireType.FIXED64:
        this.#require(8);
        this.#at += 8;
        return;
      case WireType.LENGTH:
        this.#at = this.#lengthEnd();
        return;
      case WireType.FIXED32:
        this.#require(4);
        this.#at += 4;
        return;
      default:
        throw new MalformedMessageError('a field of a wire type that is not known');
    }
  }

  #text(encoding: 'latin1' | 'utf8'): string {
    const end = this.#lengthEnd();
    const text = this.#buffer.toString(encoding, this.#at, end);
    this.#at = end;
    return text;
  }

  #lengthEnd(): number {
    const length = this.#expect(WireType.LENGTH).#varint();
    this.#require(length);
    return this.#at + length;
  }

  #expect(wireType: number): this {
    if (this.#wireType !== wireType) throw new MalformedMessageError('a field of another wire type than its own');
    return this;
  }

  #require(length: number): void {
    if (length > this.#end - this.#at) throw new MalformedMessageError('a field that is longer than its message');
  }

  /** At most ten bytes, of which those beyond 32 bits count for nothing. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw new MalformedMessageError('a number that does not end');
      const byte = this.#buffer[this.#at++] ?? 0;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedMessageError('a number of more than ten bytes');
  }
}
