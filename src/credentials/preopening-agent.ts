import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** An agent that can shake hands with a host before there is anything to ask it. */
export class PreopeningAgent extends Agent {
  readonly #spare = new Map<string, TLSSocket>();
  readonly #tls: ConnectionOptions;

  constructor(options: AgentOptions) {
    super(options);
    this.#tls = { ...(options.ca && { ca: options.ca }), ALPNProtocols: ['http/1.1'] };
  }

  /** Connects, and keeps the connection for the first request to that host. One that fails is forgotten. */
  preopen(host: string, port: number): void {
    const key = `${host}:${port}`;
    if (this.#spare.has(key)) return;
    const socket = connect({ ...this.#tls, host, port, servername: host });
    const forget = () => {
      if (this.#spare.get(key) === socket) this.#spare.delete(key);
    };
    this.#spare.set(key, socket);
    socket.once('close', forget);
    socket.once('error', forget);
    // Waiting for a request is no reason for the process to live.
    socket.unref();
  }

  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const key = `${options.host}:${options.port}`;
    const spare = this.#spare.get(key);
    this.#spare.delete(key);
    if (spare === undefined || spare.destroyed || !spare.readable) {
      return super.createConnection(options as AgentOptions, callback as never);
    }
    spare.ref();
    return spare;
  }

  override destroy(): void {
    for (const socket of this.#spare.values()) socket.destroy();
    this.#spare.clear();
    super.destroy();
  }
}
