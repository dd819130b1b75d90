import { ErrorReply } from '@redis/client';
import { Circuit } from './circuit.ts';
import { type Client, type ClientOptions, newClient } from './client.ts';
import { RedisAway, redisAway } from './redis-away.ts';
import type { Log } from './types.ts';

/** From the first attempt to a connection that answered AUTH. */
const READY_TIMEOUT_MS = 5_000;
/** A connection that is asked and says nothing for this long is given up: its other end may be gone. */
const SILENCE_MS = 5_000;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 2_000;

/** A connection to Redis that is made in the background, and anew with backoff whenever it is lost. */
export class Connection {
  readonly #options: ClientOptions;
  readonly #log: Log;
  readonly #circuit = new Circuit();
  /** Resolved when the first attempt has ended, well or not, or was waited for once in vain. */
  readonly #start = Promise.withResolvers<void>();
  #starting = true;
  #client: Client | undefined;
  /** Since the last exchange that succeeded. */
  #losses = 0;
  #closed = false;
  #backoff: NodeJS.Timeout | undefined;
  /** When the oldest exchange since the last sign of life began. */
  #askedAt: number | undefined;

  constructor(options: ClientOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#connect();
  }

  /**
   * Has commands run, in the order in which they are given, within one time-out.
   * @param late gets the result if it comes after the time-out
   * @throws RedisAway, for errors of the server too
   */
  async run<T>(commands: (client: Client) => Promise<T>, late: (result: T) => void = () => {}): Promise<T> {
    if (this.#starting) await within(this.#options.timeoutMs, this.#start.promise).catch(() => this.#started());
    const client = this.#client;
    if (!client?.isReady) throw new RedisAway('down', 'no connection');
    if (!this.#circuit.admits(performance.now())) throw new RedisAway('down', 'paused');
    this.#askedAt ??= performance.now();
    const exchange = this.#heeded(client, commands(client));
    try {
      const result = await within(this.#options.timeoutMs, exchange);
      this.#succeeded();
      return result;
    } catch (error) {
      const away = redisAway(error);
      if (away.outcome === 'timeout') exchange.then(late, () => {});
      this.#failed(client, away);
      throw away;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#backoff);
    this.#client?.destroy();
    this.#client = undefined;
  }

  #connect(): void {
    const client = newClient(this.#options);
    this.#client = client;
    this.#askedAt = undefined;
    const lost = (error: unknown) => this.#lost(client, redisAway(error));
    client.on('error', lost);
    const timer = setTimeout(lost, READY_TIMEOUT_MS, new RedisAway('timeout', 'no answer in time')).unref();
    client
      .connect()
      .then(() => this.#started(), lost)
      .finally(() => clearTimeout(timer));
  }

  /** @param client may be one that was given up before */
  #lost(client: Client, { reason }: RedisAway): void {
    if (client !== this.#client || this.#closed) return;
    this.#client = undefined;
    client.destroy();
    this.#started();
    this.#log('the shared cache cannot be reached', { reason });
    const longest = Math.min(FIRST_BACKOFF_MS * 2 ** this.#losses, LONGEST_BACKOFF_MS);
    this.#losses += 1;
    this.#backoff = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2)).unref();
  }

  #started(): void {
    this.#starting = false;
    this.#start.resolve();
  }

  /** Notes the signs of life, those after a time-out included. */
  #heeded<T>(client: Client, exchange: Promise<T>): Promise<T> {
    const heard = () => {
      if (client === this.#client) this.#askedAt = undefined;
    };
    exchange.then(heard, (error: unknown) => error instanceof ErrorReply && heard());
    return exchange;
  }

  #succeeded(): void {
    this.#circuit.succeeded();
    if (this.#losses > 0) this.#log('the shared cache is back', {});
    this.#losses = 0;
  }

  #failed(client: Client, away: RedisAway): void {
    this.#circuit.failed(performance.now());
    this.#log('the shared cache fails', { reason: away.reason });
    const silentMs = this.#askedAt === undefined ? 0 : performance.now() - this.#askedAt;
    // A primary that became a replica stays one: its name may lead to another by now.
    if (silentMs >= SILENCE_MS || away.reason === 'READONLY') this.#lost(client, away);
  }
}

/** @throws RedisAway `timeout` */
async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new RedisAway('timeout', 'no answer in time')), timeoutMs);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
