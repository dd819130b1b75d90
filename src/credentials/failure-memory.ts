import { LRUCache } from 'lru-cache';
import type { SignerError } from '../errors/index.ts';
import type { Clock } from './clock.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const KEPT = 10_000;

interface Failure {
  error: SignerError;
  until: number;
  backoffMs: number;
}

/**
 * Refusals by the same keys as credentials, in a map of their own, so that nobody's garbage evicts credentials. A
 * refusal is repeated to its key for a second, and for twice as long each time that it is met again, up to a minute;
 * what may pass by itself is asked for again after a second.
 */
export class FailureMemory {
  readonly #failures = new LRUCache<string, Failure>({ max: KEPT });
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The refusal that still holds. */
  get(key: string): SignerError | undefined {
    const failure = this.#failures.get(key);
    return failure !== undefined && this.#clock.now() < failure.until ? failure.error : undefined;
  }

  remember(key: string, error: SignerError): void {
    const before = this.#failures.peek(key)?.backoffMs;
    const passing = error.retryAfterSeconds !== undefined;
    const backoffMs = before === undefined || passing ? FIRST_MS : Math.min(before * 2, LONGEST_MS);
    this.#failures.set(key, { error, backoffMs, until: this.#clock.now() + backoffMs });
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
