import { Histogram } from './histogram.ts';
import { HttpConnection } from './http-connection.ts';
import { count, type NextRequest } from './load.ts';
import { beat } from './metronome.ts';

const LAST_ANSWER_MS = 30_000;

export interface PacedOptions {
  port: number;
  /** When each request is to be sent, in milliseconds from the start, ascending. */
  dueMs: Float64Array;
  next: NextRequest;
  /** Made ahead of the first request; more are made where all are in use. Default 16. */
  connections?: number;
  /** How many of the first have no part in the latency: what was idle takes a while to be as fast as it is. Default 0. */
  warm?: number;
  /** Told when these are open, ahead of the first request. */
  onOpen?: () => void;
  /** Told of each latency that counts, and when its request was due by `performance.now`. */
  onLatency?: (milliseconds: number, dueAt: number) => void;
}

export interface PacedResult {
  byStatus: Map<number, number>;
  /** Requests without a whole answer. */
  errors: number;
  /**
   * From the moment a request was due, not from that of its sending: whatever holds requests up counts for each one that
   * should have been sent meanwhile (no coordinated omission).
   */
  latency: Histogram;
}

interface Request {
  bytes: Buffer;
  /** By `performance.now`. */
  dueAt: number;
  /** Whether it has a part in the latency. */
  counts: boolean;
}

/**
 * Sends requests to 127.0.0.1 at times that do not depend on the answers: each one at once over a connection that is
 * free, or over a new one.
 */
export async function runPacedLoad(options: PacedOptions): Promise<PacedResult> {
  const run = new PacedRun(options.port, options.onLatency);
  await run.open(options.connections ?? 16);
  options.onOpen?.();
  const { warm = 0 } = options;
  await beat(options.dueMs, (index, dueAt) => {
    const bytes = options.next();
    if (bytes !== undefined) run.send({ bytes, dueAt, counts: index >= warm });
  });
  await run.finish();
  return { byStatus: run.byStatus, errors: run.errors, latency: run.latency };
}

class PacedRun {
  readonly byStatus = new Map<number, number>();
  errors = 0;
  readonly latency = new Histogram();
  readonly #port: number;
  readonly #onLatency: PacedOptions['onLatency'];
  /** The one used last is used next: no more are warm than are needed. */
  readonly #free: PacedConnection[] = [];
  readonly #all = new Set<PacedConnection>();
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  constructor(port: number, onLatency: PacedOptions['onLatency']) {
    this.#port = port;
    this.#onLatency = onLatency;
  }

  async open(connections: number): Promise<void> {
    await Promise.all(
      Array.from({ length: connections }, () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#connect(undefined, resolve);
        return promise;
      }),
    );
  }

  send(request: Request): void {
    this.#underWay++;
    const connection = this.#free.pop();
    if (connection === undefined) this.#connect(request);
    else connection.send(request);
  }

  /** Waits for the answers that are due; those that do not come are errors. */
  async finish(): Promise<void> {
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LAST_ANSWER_MS);
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.errors += this.#underWay;
    for (const connection of this.#all) connection.close();
  }

  #connect(first: Request | undefined, onSettled?: () => void): void {
    const connection = new PacedConnection(this.#port, first, {
      free: () => {
        onSettled?.();
        this.#free.push(connection);
      },
      answered: (status, { dueAt, counts }) => {
        if (counts) this.#record(performance.now() - dueAt, dueAt);
        count(this.byStatus, status);
        this.#done();
      },
      ended: (lost) => {
        onSettled?.();
        this.#all.delete(connection);
        const place = this.#free.indexOf(connection);
        if (place >= 0) this.#free.splice(place, 1);
        if (lost) {
          this.errors++;
          this.#done();
        }
      },
    });
    this.#all.add(connection);
  }

  #record(milliseconds: number, dueAt: number): void {
    this.latency.record(milliseconds);
    this.#onLatency?.(milliseconds, dueAt);
  }

  #done(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}

interface PacedConnectionEvents {
  free(): void;
  answered(status: number, request: Request): void;
  /** @param lost whether a request was under way */
  ended(lost: boolean): void;
}

class PacedConnection {
  readonly #connection: HttpConnection;
  #request: Request | undefined;

  constructor(port: number, first: Request | undefined, events: PacedConnectionEvents) {
    this.#request = first;
    this.#connection = new HttpConnection(port, {
      connected: () => {
        if (first === undefined) events.free();
        else this.#connection.send(first.bytes);
      },
      answered: (status, closing) => {
        const request = this.#request;
        this.#request = undefined;
        if (request !== undefined) events.answered(status, request);
        if (!closing) events.free();
      },
      ended: () => events.ended(this.#request !== undefined),
    });
  }

  send(request: Request): void {
    this.#request = request;
    this.#connection.send(request.bytes);
  }

  close(): void {
    this.#connection.close();
  }
}
