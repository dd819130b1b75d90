/** What a peer may still send, and by how much it is told that it may send more. */
export class ReceiveWindow {
  #left: number;
  #size: number;
  #read = 0;

  /** @param size in bytes, as the peer knows it */
  constructor(size: number) {
    this.#left = size;
    this.#size = size;
  }

  /** To be called with what has come. @returns whether that was allowed */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /**
   * To be called with what of it was read.
   * @param size that the window is to have from now on, if it is larger
   * @returns by how much to widen it, in bytes; 0 while half of it is still open
   */
  give(bytes: number, size = this.#size): number {
    this.#read += bytes;
    if (this.#read * 2 < this.#size) return 0;
    const increment = this.#read + Math.max(0, size - this.#size);
    this.#size = Math.max(size, this.#size);
    this.#left += increment;
    this.#read = 0;
    return increment;
  }
}
