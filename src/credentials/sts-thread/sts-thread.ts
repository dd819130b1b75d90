import type { Clock } from '../clock.ts';
import type { Turns } from '../turns.ts';
import type { ExpiringCredentials } from '../types.ts';
import type { UnsentRequest } from '../unsent-request.ts';
import { RunningThread } from './running-thread.ts';

/** TypeScript where this is, as in tests. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);

/**
 * Asks STS in a thread of its own, begun by the first exchange, and anew by the next one where it has ended: connections,
 * TLS and the reading of answers of a crowd take no time of those whose credentials are cached.
 * docs/decisions/0018-sts-in-a-thread.md
 */
export class StsThread {
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #entry: URL;
  #running: RunningThread | undefined;

  /**
   * @param turns in which those who asked go on
   * @param entry what the thread runs
   */
  constructor(clock: Clock, turns: Turns, entry = ENTRY) {
    this.#clock = clock;
    this.#turns = turns;
    this.#entry = entry;
  }

  /**
   * AssumeRoleWithWebIdentity.
   * @param form ASCII
   * @param afresh on a connection of its own, which nobody can have given up
   * @throws StsErrorAnswer, CredentialsError, the signal's reason, Error of a connection, of what cannot be read, or of the
   *   thread's end
   */
  ask(request: UnsentRequest, form: string, abort: AbortSignal, afresh: boolean): Promise<ExpiringCredentials> {
    if (abort.aborted) return Promise.reject(abort.reason);
    return this.#started().ask(request, form, abort, afresh);
  }

  /** Opens a connection that the next exchange will take. */
  preopen(request: UnsentRequest): void {
    this.#started().preopen(request);
  }

  close(): void {
    this.#running?.end();
  }

  #started(): RunningThread {
    this.#running ??= new RunningThread({
      entry: this.#entry,
      turns: this.#turns,
      onDate: (date) => this.#clock.learn(date),
      onEnd: () => {
        this.#running = undefined;
      },
    });
    return this.#running;
  }
}
