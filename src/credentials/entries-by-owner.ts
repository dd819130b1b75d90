/** Which keys of a cache belong to whom, so that nobody may hold more than a share of it. */
export class EntriesByOwner {
  readonly #most: number;
  /** Most owners have one key, for which a set would cost more than the key. */
  readonly #keysOf = new Map<string, string | Set<string>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Notes a key; returns the owner's oldest one where it is one too many. */
  add(owner: string, key: string): string | undefined {
    const known = this.#keysOf.get(owner);
    if (known === undefined || known === key) {
      this.#keysOf.set(owner, key);
      return undefined;
    }
    const keys = typeof known === 'string' ? new Set([known]) : known;
    keys.delete(key);
    keys.add(key);
    this.#keysOf.set(owner, keys);
    if (keys.size <= this.#most) return undefined;
    const [oldest] = keys;
    return oldest;
  }

  delete(owner: string, key: string): void {
    const keys = this.#keysOf.get(owner);
    if (keys instanceof Set) keys.delete(key);
    if (keys === key || (keys instanceof Set && keys.size === 0)) this.#keysOf.delete(owner);
  }
}
