import { createConnection, type Socket } from 'node:net';
import { Histogram, type Percentiles } from './histogram.ts';
import { parseResponse } from './http-response.ts';

const LAST_ANSWER_MS = 10_000;
const RECONNECT_MS = 10;

export interface LoadOptions {
  port: number;
  path: string;
  method?: string;
  /** Besides host (default `127.0.0.1`) and content-length. */
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Each sends its next request as soon as it has the last one's answer. */
  connections: number;
  seconds: number;
}

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
  const answered = [...run.byStatus.values()].reduce((sum, count) => sum + count, 0);
  return {
    requests: run.requests,
    byStatus: run.byStatus,
    errors: [...run.errorKinds.values()].reduce((sum, count) => sum + count, 0),
    errorKinds: run.errorKinds,
    rps: answered / ((performance.now() - started) / 1000),
    latencyMs: run.latency.percentiles(),
  };
}

class Run {
  requests = 0;
  readonly byStatus = new Map<number, number>();
  readonly errorKinds = new Map<string, number>();
  readonly latency = new Histogram();
  readonly #port: number;
  readonly #request: Buffer;
  readonly #end: number;

  constructor(options: LoadOptions) {
    this.#port = options.port;
    this.#request = requestBytes(options);
    this.#end = performance.now() + options.seconds * 1000;
  }

  /** Keeps one request in flight until the time is over, on a new connection whenever the old one ends. */
  async connection(): Promise<void> {
    while (performance.now() < this.#end) {
      const error = await this.#useSocket(createConnection({ port: this.#port, host: '127.0.0.1', noDelay: true }));
      if (error === undefined) continue;
      count(this.errorKinds, error);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  /** Resolves when the connection has ended: to what went wrong with the request in flight, if one was. */
  #useSocket(socket: Socket): Promise<string | undefined> {
    let sentAt = 0;
    let pending: Buffer | undefined;
    let error: string | undefined = 'no connection';
    const lastAnswer = setTimeout(
      () => socket.destroy(new Error('no answer')),
      Math.max(0, this.#end - performance.now()) + LAST_ANSWER_MS,
    );
    const send = () => {
      if (performance.now() >= this.#end) {
        socket.destroy();
        return;
      }
      error = 'connection closed before the answer';
      this.requests++;
      sentAt = performance.now();
      socket.write(this.#request);
    };
    const onData = (chunk: Buffer) => {
      const bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      const response = parseResponse(bytes);
      pending = bytes;
      if (response === undefined) return;
      if (response.end !== bytes.length) throw new Error('bytes after the answer');
      pending = undefined;
      error = undefined;
      this.latency.record(performance.now() - sentAt);
      count(this.byStatus, response.status);
      if (response.close) socket.destroy();
      else send();
    };
    return new Promise((resolve) => {
      socket.once('connect', send);
      socket.on('data', (chunk: Buffer) => {
        try {
          onData(chunk);
        } catch (thrown) {
          error = String(thrown);
          socket.destroy();
        }
      });
      socket.once('error', (thrown) => {
        error = thrown.message;
      });
      socket.once('close', () => {
        clearTimeout(lastAnswer);
        resolve(error);
      });
    });
  }
}

function requestBytes(options: LoadOptions): Buffer {
  const body = Buffer.from(options.body ?? '');
  const headers: Record<string, string> = { host: '127.0.0.1', ...options.headers };
  if (options.body !== undefined) headers['content-length'] = String(body.length);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
  return Buffer.concat([Buffer.from(`${method} ${options.path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
