/** Lets a peer do something so often a second, and as often at once. */
export class Allowance {
  readonly #perSecond: number;
  #left: number;
  #at = performance.now();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** To be called each time. @returns whether it is once too often */
  isUsedUp(): boolean {
    if (--this.#left >= 0) return false;
    const now = performance.now();
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    return this.#left < 0;
  }
}
