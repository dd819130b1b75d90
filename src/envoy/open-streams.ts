/** A stream that is open. */
export interface OpenStream {
  /** Ends it with OK if its request needs nothing more. */
  endIfComplete(): void;
}

export interface StreamPlace {
  readonly stream: OpenStream;
  index: number;
}

/**
 * The streams that are open, of all connections. Kept in an array and not in a Set: a Set that lives long, and whose
 * entries come and go, keeps much of what was in it alive through V8's minor collections (each table that it outgrows
 * points to the next), and with each stream all that its request was made of.
 */
export class OpenStreams {
  readonly #most: number;
  readonly #keepsForVerdicts: boolean;
  readonly #streams: StreamPlace[] = [];
  #isDraining = false;

  /** @param keepsForVerdicts whether a stream stays open behind the last answer, until Envoy ends it */
  constructor({ most, keepsForVerdicts }: { most: number; keepsForVerdicts: boolean }) {
    this.#most = most;
    this.#keepsForVerdicts = keepsForVerdicts;
  }

  get isFull(): boolean {
    return this.#streams.length >= this.#most;
  }

  get size(): number {
    return this.#streams.length;
  }

  /** Whether a stream is ended as soon as its request is complete. */
  get endsComplete(): boolean {
    return this.#isDraining || !this.#keepsForVerdicts;
  }

  /** @returns its place, by which it is taken out again */
  add(stream: OpenStream): StreamPlace {
    const place: StreamPlace = { stream, index: this.#streams.length };
    this.#streams.push(place);
    return place;
  }

  /** To be called once for each. */
  remove(place: StreamPlace): void {
    const last = this.#streams.pop();
    if (last === undefined || last === place) return;
    this.#streams[place.index] = last;
    last.index = place.index;
  }

  /** Ends all streams whose requests need nothing more, and from now on each one at that point. */
  drain(): void {
    this.#isDraining = true;
    for (const { stream } of [...this.#streams]) stream.endIfComplete();
  }
}
