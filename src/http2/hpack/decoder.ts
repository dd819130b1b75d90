import { ConnectionError, ErrorCode } from '../codes.ts';
import { DynamicTable } from './dynamic-table.ts';
import { fieldSize, type HeaderField, headerField } from './header-field.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';

/** Of the table, as SETTINGS_HEADER_TABLE_SIZE has it by default. */
const TABLE_BYTES = 4096;

/** The first bits of a field's representation. @see https://www.rfc-editor.org/rfc/rfc7541 §6 */
const INDEXED = 0x80;
const KEPT = 0x40;
const TABLE_SIZE = 0x20;

/** Decodes the header blocks of one connection, each in its turn. */
export class HpackDecoder {
  readonly #table = new DynamicTable(TABLE_BYTES);
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * @param mostSize of the list, as SETTINGS_MAX_HEADER_LIST_SIZE counts; of a longer one the rest is left out
   * @returns the fields in their order, and what they all count for
   * @throws ConnectionError for a block behind which no other could be understood
   */
  decode(block: Buffer, mostSize: number): { fields: HeaderField[]; size: number } {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    let size = 0;
    while (this.#at < block.length) {
      const first = block[this.#at] ?? 0;
      if ((first & 0xe0) === TABLE_SIZE) {
        this.#resize(fields.length > 0);
        continue;
      }
      const field = first & INDEXED ? this.#known(this.#integer(7)) : this.#literal(first);
      size += fieldSize(field);
      if (size <= mostSize) fields.push(field);
    }
    return { fields, size };
  }

  #literal(first: number): HeaderField {
    const isKept = (first & KEPT) !== 0;
    const index = this.#integer(isKept ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#known(index).name;
    const field = headerField(name, this.#string());
    if (isKept) this.#table.add(field);
    return field;
  }

  #resize(isLate: boolean): void {
    const size = this.#integer(5);
    if (isLate || size > TABLE_BYTES) throw broken('a change of the table size that is not allowed');
    this.#table.resize(size);
  }

  #known(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#table.at(index - STATIC_TABLE.length - 1);
    if (field === undefined) throw broken('an index of no field');
    return field;
  }

  /** @see https://www.rfc-editor.org/rfc/rfc7541 §5.1 */
  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    // Four bytes are more than any length or index here can need.
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken('an integer that is too long');
  }

  #string(): string {
    const isCoded = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#block.length) throw broken('a string that is longer than its block');
    if (!isCoded) return this.#block.toString('latin1', from, this.#at);
    const text = decodeHuffman(this.#block, from, this.#at);
    if (text === undefined) throw broken('a string that is not of the Huffman code');
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw broken('a field that is longer than its block');
    return byte;
  }
}

function broken(message: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, message);
}
