/** The streams that are open, of all connections. */
export class OpenStreams {
  readonly #most: number;
  readonly #keepsForVerdicts: boolean;
  /** For each stream, what ends it if its request is complete. */
  readonly #streams = new Set<() => void>();
  #isDraining = false;

  /** @param keepsForVerdicts whether a stream stays open behind the last answer, until Envoy ends it */
  constructor({ most, keepsForVerdicts }: { most: number; keepsForVerdicts: boolean }) {
    this.#most = most;
    this.#keepsForVerdicts = keepsForVerdicts;
  }

  get isFull(): boolean {
    return this.#streams.size >= this.#most;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether a stream is ended as soon as its request is complete. */
  get endsComplete(): boolean {
    return this.#isDraining || !this.#keepsForVerdicts;
  }

  /** @param endIfComplete ends the stream with OK if its request needs nothing more */
  add(endIfComplete: () => void): void {
    this.#streams.add(endIfComplete);
  }

  delete(endIfComplete: () => void): void {
    this.#streams.delete(endIfComplete);
  }

  /** Ends all streams whose requests need nothing more, and from now on each one at that point. */
  drain(): void {
    this.#isDraining = true;
    for (const endIfComplete of this.#streams) endIfComplete();
  }
}
