import { Worker } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { privateNote } from '../../signing/index.ts';
import { REQUESTS_KEPT } from '../sts-clients.ts';
import type { Turns } from '../turns.ts';
import type { ExpiringCredentials } from '../types.ts';
import type { UnsentRequest } from '../unsent-request.ts';
import { unpacked } from './carried-error.ts';
import type { News, Order } from './messages.ts';

interface Waiting {
  readonly resolve: (credentials: ExpiringCredentials) => void;
  readonly reject: (error: unknown) => void;
  readonly abort: AbortSignal;
}

export interface RunningThreadOptions {
  entry: URL;
  /** In which those who asked go on. */
  turns: Turns;
  /** Told of each answer's Date header. */
  onDate: (date: string | undefined) => void;
  /** Told that it has ended. */
  onEnd: () => void;
}

/** One life of the thread, seen from without: what it was told, and who waits for it. */
export class RunningThread {
  readonly #worker: Worker;
  readonly #turns: Turns;
  readonly #onDate: RunningThreadOptions['onDate'];
  readonly #waiting = new Map<number, Waiting>();
  readonly #targets = new LRUCache<UnsentRequest, number>({
    max: REQUESTS_KEPT,
    dispose: (target) => this.#send({ type: 'forget', target }),
  });
  readonly #limits = privateNote<number>();
  #asked = 0;
  #targeted = 0;
  #limited = 0;

  constructor({ entry, turns, onDate, onEnd }: RunningThreadOptions) {
    this.#turns = turns;
    this.#onDate = onDate;
    this.#worker = new Worker(entry, { name: 'sts' });
    this.#worker.unref();
    this.#worker.on('message', (news: News) => this.#settle(news));
    let cause: unknown;
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.#worker.on('exit', () => {
      onEnd();
      this.#failAll(new Error('the thread that asks STS has ended', { cause }));
    });
  }

  ask(request: UnsentRequest, form: string, abort: AbortSignal, afresh: boolean): Promise<ExpiringCredentials> {
    const target = this.#target(request);
    const limit = this.#limit(abort);
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      // Who waits is reason enough for the process to live, the thread by itself is not.
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject, abort });
      this.#send({ type: 'ask', id, target, form, limit, afresh });
    });
  }

  preopen(request: UnsentRequest): void {
    this.#send({ type: 'preopen', target: this.#target(request) });
  }

  end(): void {
    void this.#worker.terminate();
  }

  #send(order: Order): void {
    this.#worker.postMessage(order);
  }

  #settle({ id, date, end }: News): void {
    this.#onDate(date);
    const waiting = this.#forget(id);
    if (waiting === undefined) return;
    this.#turns.queue(() => {
      if ('error' in end) waiting.reject(unpacked(end.error));
      else waiting.resolve(end.credentials);
    });
  }

  #forget(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    return waiting;
  }

  #failAll(reason: unknown): void {
    for (const id of [...this.#waiting.keys()]) this.#forget(id)?.reject(reason);
  }

  #target(request: UnsentRequest): number {
    const known = this.#targets.get(request);
    if (known !== undefined) return known;
    const target = ++this.#targeted;
    this.#targets.set(request, target);
    this.#send({ type: 'target', target, request });
    return target;
  }

  /** One listener for all that a signal ends: a crowd has few. */
  #limit(abort: AbortSignal): number {
    const known = this.#limits.get(abort);
    if (known !== undefined) return known;
    const limit = ++this.#limited;
    this.#limits.set(abort, limit);
    abort.addEventListener('abort', () => this.#giveUp(abort, limit), { once: true });
    return limit;
  }

  #giveUp(abort: AbortSignal, limit: number): void {
    this.#send({ type: 'abort', limit });
    for (const [id, waiting] of [...this.#waiting]) {
      if (waiting.abort === abort) this.#forget(id)?.reject(abort.reason);
    }
  }
}
