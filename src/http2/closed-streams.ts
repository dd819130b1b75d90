const KEPT = 256;

/**
 * The latest streams that were ended while the peer had them open: what it sent before it heard of that is no fault.
 * @see https://www.rfc-editor.org/rfc/rfc9113 §5.1 closed
 */
export class ClosedStreams {
  readonly #ids = new Uint32Array(KEPT);
  #count = 0;

  add(id: number): void {
    this.#ids[this.#count++ % KEPT] = id;
  }

  has(id: number): boolean {
    return this.#ids.includes(id);
  }
}
