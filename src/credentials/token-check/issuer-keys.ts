import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { CredentialsError } from '../../errors/index.ts';
import type { ReadJwks } from './read-jwks.ts';

/** One reading of an issuer's keys. */
export interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** Another number than before if a key was withdrawn. */
  readonly epoch: number;
}

/** How often keys are read, in milliseconds. */
export interface ReadingPace {
  /** Keys of this age are read again, in the background. */
  readonly refreshAfterMs: number;
  /** Keys of this age are not used before they were read again, unless that failed just now. */
  readonly staleAfterMs: number;
  /** Between two readings for tokens that no known key fits. */
  readonly seekEveryMs: number;
}

export const URL_PACE: ReadingPace = { refreshAfterMs: 4 * 60_000, staleAfterMs: 5 * 60_000, seekEveryMs: 30_000 };
export const FILE_PACE: ReadingPace = { refreshAfterMs: 2_000, staleAfterMs: 5_000, seekEveryMs: 1_000 };

/** While readings fail, known keys are used this long. */
const OUTAGE_MS = 60 * 60_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 10_000;
/** So long after its time for another try, a failure says nothing of whether the issuer answers now. */
const FAILURE_COUNTS_MS = 30_000;

export interface IssuerKeysOptions {
  read: ReadJwks;
  pace: ReadingPace;
  /** For one reading. */
  timeoutMs: number;
  /** A clock for ages that nobody sets, in milliseconds. */
  monotonic: () => number;
  /** Told of each reading; with the error of one that failed. */
  onRead: (error?: unknown) => void;
}

/**
 * The keys of one issuer: read when they are first needed, read again before they get old, and when a token is signed
 * with one that is not known. One reading at a time, whoever waits for it. What jose's own remote set lacks: with it,
 * known keys end as soon as they are old and the issuer does not answer.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #closed = new AbortController();
  #set: KeySet | undefined;
  #text = '';
  #members: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;
  #soughtAt = Number.NEGATIVE_INFINITY;
  #readings = 0;
  #failures = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #flight: Promise<KeySet> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** How many times keys were read. */
  get readings(): number {
    return this.#readings;
  }

  /** The keys, where they may be used at once; has them read again in the background if it is time. */
  ready(): KeySet | undefined {
    const age = this.#age();
    if (age >= OUTAGE_MS) return undefined;
    if (age >= this.#options.pace.refreshAfterMs && this.#mayRead()) this.#reload().catch(() => {});
    return age < this.#options.pace.staleAfterMs || this.#isFailing() ? this.#set : undefined;
  }

  /** @throws CredentialsError SIGV4_TOKEN_CHECK_UNAVAILABLE by the promise */
  async load(): Promise<KeySet> {
    const ready = this.ready();
    if (ready !== undefined) return ready;
    try {
      return await this.#reload();
    } catch (error) {
      if (this.#set !== undefined && this.#age() < OUTAGE_MS) return this.#set;
      throw error;
    }
  }

  /**
   * Other keys, for a token that none of these fits: its issuer may have a new one.
   * @param since the number of readings when the token was first looked at; keys that were read later are new enough
   * @returns undefined if there are none
   * @throws CredentialsError SIGV4_TOKEN_CHECK_UNAVAILABLE by the promise, if that cannot be known
   */
  async newer(than: KeySet, since: number): Promise<KeySet | undefined> {
    if (this.#set === than && this.#readings === since) {
      if (this.#flight === undefined && this.#failures === 0) {
        const now = this.#options.monotonic();
        if (now - this.#soughtAt < this.#options.pace.seekEveryMs) return undefined;
        this.#soughtAt = now;
      }
      await this.#reload();
    }
    return this.#set === than ? undefined : this.#set;
  }

  close(): void {
    this.#closed.abort();
  }

  #age(): number {
    return this.#options.monotonic() - this.#readAt;
  }

  #mayRead(): boolean {
    return this.#flight !== undefined || this.#options.monotonic() >= this.#retryAt;
  }

  #isFailing(): boolean {
    return this.#failures > 0 && this.#options.monotonic() < this.#retryAt + FAILURE_COUNTS_MS;
  }

  #reload(): Promise<KeySet> {
    if (this.#flight !== undefined) return this.#flight;
    if (!this.#mayRead()) return Promise.reject(unavailable(this.#failure));
    this.#flight = this.#read().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #read(): Promise<KeySet> {
    const { read, timeoutMs, monotonic, onRead } = this.#options;
    try {
      const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(timeoutMs)]);
      const set = this.#adopt(await read(signal));
      this.#readAt = monotonic();
      this.#readings += 1;
      this.#failures = 0;
      onRead();
      return set;
    } catch (error) {
      this.#failure = error;
      this.#retryAt = monotonic() + Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LONGEST_BACKOFF_MS);
      this.#failures += 1;
      onRead(error);
      throw unavailable(error);
    }
  }

  /** @throws JWKSInvalid, SyntaxError */
  #adopt(text: string): KeySet {
    if (this.#set !== undefined && text === this.#text) return this.#set;
    const jwks = JSON.parse(text) as JSONWebKeySet;
    const find = createLocalJWKSet(jwks);
    const members = new Set(jwks.keys.map((key) => JSON.stringify(key)));
    const epoch = (this.#set?.epoch ?? 0) + ([...this.#members].every((key) => members.has(key)) ? 0 : 1);
    this.#text = text;
    this.#members = members;
    this.#set = { find, epoch };
    return this.#set;
  }
}

function unavailable(cause: unknown): CredentialsError {
  const message = "the keys of the token's issuer cannot be read at present";
  return new CredentialsError('SIGV4_TOKEN_CHECK_UNAVAILABLE', message, { cause });
}
