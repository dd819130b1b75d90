/** Which keys of a cache belong to whom, so that nobody may hold more than a share of it. */
export class EntriesByOwner {
  readonly #most: number;
  readonly #keysOf = new Map<string, Set<string>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Notes a key; returns the owner's oldest one where it is one too many. */
  add(owner: string, key: string): string | undefined {
    let keys = this.#keysOf.get(owner);
    if (keys === undefined) {
      keys = new Set();
      this.#keysOf.set(owner, keys);
    }
    keys.delete(key);
    keys.add(key);
    if (keys.size <= this.#most) return undefined;
    const [oldest] = keys;
    return oldest;
  }

  delete(owner: string, key: string): void {
    const keys = this.#keysOf.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(owner);
  }
}
