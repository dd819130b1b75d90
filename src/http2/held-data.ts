/** Parts are joined up to that size: each costs some hundred bytes besides what is in it. */
const CRUMB_BYTES = 4 * 1024;

/** What came on a stream while nobody took it, in order. */
export class HeldData {
  readonly #parts: Buffer[] = [];
  /** Whether the peer's end came behind it. */
  hasEnd = false;

  /** @param data is copied */
  add(data: Buffer): void {
    const parts = this.#parts;
    const last = parts.at(-1);
    if (last !== undefined && last.length < CRUMB_BYTES) parts[parts.length - 1] = Buffer.concat([last, data]);
    else parts.push(Buffer.from(data));
  }

  /** @returns undefined behind the last */
  next(): Buffer | undefined {
    return this.#parts.shift();
  }
}
