/** Lets a peer reset so many streams a second, and as many at once. */
export class ResetAllowance {
  readonly #perSecond: number;
  #left: number;
  #at = performance.now();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** To be called with each reset. @returns whether it is one too many */
  isUsedUp(): boolean {
    if (--this.#left >= 0) return false;
    const now = performance.now();
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    return this.#left < 0;
  }
}
