import { fieldSize, type HeaderField } from './header-field.ts';

const SMALLEST_FIELD = fieldSize({ name: '', value: '', isValid: false });

/** The fields that a peer has had kept, the newest first. @see https://www.rfc-editor.org/rfc/rfc7541 §2.3.2 */
export class DynamicTable {
  /** A ring. */
  readonly #fields: (HeaderField | undefined)[];
  #newest = 0;
  #count = 0;
  #size = 0;
  #mostSize: number;

  /** @param mostSize that it may have at any time, in bytes as fields count */
  constructor(mostSize: number) {
    this.#mostSize = mostSize;
    this.#fields = new Array(Math.floor(mostSize / SMALLEST_FIELD) + 1);
  }

  /** @param index from 0, the newest */
  at(index: number): HeaderField | undefined {
    if (index >= this.#count) return undefined;
    const { length } = this.#fields;
    return this.#fields[(this.#newest + length - index) % length];
  }

  /** A field that is larger than the table empties it. */
  add(field: HeaderField): void {
    const size = fieldSize(field);
    this.#shrinkTo(this.#mostSize - size);
    if (size > this.#mostSize) return;
    this.#newest = (this.#newest + 1) % this.#fields.length;
    this.#fields[this.#newest] = field;
    this.#count++;
    this.#size += size;
  }

  /** @param mostSize at most what the table was made for */
  resize(mostSize: number): void {
    this.#mostSize = mostSize;
    this.#shrinkTo(mostSize);
  }

  #shrinkTo(size: number): void {
    const { length } = this.#fields;
    while (this.#count > 0 && this.#size > size) {
      const oldest = (this.#newest + length - this.#count + 1) % length;
      this.#size -= fieldSize(this.#fields[oldest] as HeaderField);
      this.#fields[oldest] = undefined;
      this.#count--;
    }
  }
}
