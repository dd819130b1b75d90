import { Histogram, type Percentiles } from './histogram.ts';
import { HttpConnection } from './http-connection.ts';
import { type RequestShape, requestBytes } from './request-bytes.ts';

const LAST_ANSWER_MS = 10_000;
const RECONNECT_MS = 10;

export type LoadOptions = {
  port: number;
  /** Each sends its next request as soon as it has the last one's answer. */
  connections: number;
  seconds: number;
} & (RequestShape | { next: NextRequest });

/** The bytes of the next request to send; undefined when there are no more, which ends the load. */
export type NextRequest = () => Buffer | undefined;

export interface LoadResult {
  /** Requests sent. Each one is in `byStatus` or in `errors`. */
  requests: number;
  byStatus: Map<number, number>;
  /** Requests without a whole answer, and connections that could not be made. */
  errors: number;
  /** What went wrong, by message. */
  errorKinds: Map<string, number>;
  /** Answers per second. */
  rps: number;
  /** From sending a request to the last byte of its answer. */
  latencyMs: Percentiles;
}

/**
 * Sends requests to 127.0.0.1 over keep-alive connections, as many as the other side answers, for a time. Then it waits up to
 * 10 s for the answers still due; those that never come are errors.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const run = new Run(options);
  const started = performance.now();
  await Promise.all(Array.from({ length: options.connections }, () => run.connection()));
  return {
    requests: run.requests,
    byStatus: run.byStatus,
    errors: sumOf(run.errorKinds),
    errorKinds: run.errorKinds,
    rps: sumOf(run.byStatus) / ((performance.now() - started) / 1000),
    latencyMs: run.latency.percentiles(),
  };
}

/** Of a load: answers of 2xx, and all that went otherwise. */
export function goodAndBad({ byStatus, errors }: Pick<LoadResult, 'byStatus' | 'errors'>): {
  good: number;
  bad: number;
} {
  let good = 0;
  let bad = errors;
  for (const [status, count] of byStatus) {
    if (status >= 200 && status <= 299) good += count;
    else bad += count;
  }
  return { good, bad };
}

/** Adds one to a key's count. */
export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function sumOf(counts: ReadonlyMap<unknown, number>): number {
  let sum = 0;
  for (const value of counts.values()) sum += value;
  return sum;
}

class Run {
  requests = 0;
  readonly byStatus = new Map<number, number>();
  readonly errorKinds = new Map<string, number>();
  readonly latency = new Histogram();
  readonly #port: number;
  readonly #next: NextRequest;
  readonly #end: number;
  #exhausted = false;

  constructor(options: LoadOptions) {
    this.#port = options.port;
    this.#next = 'next' in options ? options.next : always(requestBytes(options));
    this.#end = performance.now() + options.seconds * 1000;
  }

  /** Keeps one request in flight until the time is over, on a new connection whenever the old one ends. */
  async connection(): Promise<void> {
    while (!this.#isOver()) {
      const error = await this.#useConnection();
      if (error === undefined) continue;
      count(this.errorKinds, error);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  #isOver(): boolean {
    return this.#exhausted || performance.now() >= this.#end;
  }

  /** Resolves when the connection has ended: to what went wrong with the request in flight, if one was. */
  #useConnection(): Promise<string | undefined> {
    let sentAt = 0;
    return new Promise((resolve) => {
      const send = () => {
        const request = this.#isOver() ? undefined : this.#next();
        if (request === undefined) {
          // Of the requests that are all there were, none must be left over.
          if (performance.now() < this.#end) this.#exhausted = true;
          connection.close();
          return;
        }
        this.requests++;
        sentAt = performance.now();
        connection.send(request);
      };
      const connection = new HttpConnection(this.#port, {
        connected: send,
        answered: (status, closing) => {
          this.latency.record(performance.now() - sentAt);
          count(this.byStatus, status);
          if (!closing) send();
        },
        ended: (error) => {
          clearTimeout(lastAnswer);
          resolve(error);
        },
      });
      const lastAnswer = setTimeout(
        () => connection.close('no answer'),
        Math.max(0, this.#end - performance.now()) + LAST_ANSWER_MS,
      );
    });
  }
}

function always(request: Buffer): NextRequest {
  return () => request;
}
