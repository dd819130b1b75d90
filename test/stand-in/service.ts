import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { CredentialStore } from './credential-store.ts';
import {
  type Answer,
  type AnyServer,
  closeServer,
  headerValues,
  type ListenOptions,
  listen,
  localUrl,
  readBody,
  send,
} from './http.ts';
import { describeRequest, refusalAnswer, unknownHost } from './service-answers.ts';
import { type Verdict, type VerifyOptions, verify } from './sigv4-verifier.ts';

export interface ServiceOptions extends ListenOptions, VerifyOptions {
  store: CredentialStore;
  /** Rules by Host (port left out), over those above; with it, a host that is not named and no `service` is refused. */
  hosts?: Record<string, VerifyOptions>;
  /** PEM; serves TLS instead of plain HTTP. */
  tls?: { key: string | Buffer; cert: string | Buffer };
  /** Answers 200 to a request that has no signature at all; default false. A wrong one is always refused. */
  allowAnonymous?: boolean;
  now?: () => Date;
}

/** One request as it came over the wire. */
export interface ReceivedRequest {
  at: Date;
  method: string;
  /** The request target, undecoded. */
  url: string;
  /** Flat, as Node gives it. */
  rawHeaders: string[];
  /** All values of a header, by lower-case name, joined by `, `. */
  header(name: string): string | undefined;
  body: Buffer;
  verdict: Verdict;
  /** What the service answered. */
  status: number;
}

/** An AWS service that does nothing but verify signatures, and says what it saw. */
export class Service {
  /** Every request whose body came in whole, accepted or not, oldest first. */
  readonly received: ReceivedRequest[] = [];
  /** Requests whose headers arrived, whole or not. */
  started = 0;
  /** Replaces the answer to an accepted request, where it returns one. */
  override: ((request: ReceivedRequest) => Answer | undefined) | undefined;
  readonly #options: ServiceOptions;
  readonly #server: AnyServer;
  readonly #events = new EventEmitter();
  readonly #upgraded = new Set<Duplex>();
  #port = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const onRequest: RequestListener = (request, response) => {
      this.started += 1;
      readBody(request)
        .then((body) => send(response, this.#receive(request, body)))
        .catch(() => response.destroy());
    };
    this.#server = options.tls ? createTlsServer(options.tls, onRequest) : createServer(onRequest);
    // A connection that ends just as it is used again is a race of its own, which no test of a signature is about.
    this.#server.keepAliveTimeout = 0;
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return localUrl(this.#options.tls ? 'https' : 'http', this.#options.host, this.#port);
  }

  async up(): Promise<void> {
    this.#port = await listen(this.#server, this.#options);
  }

  async close(): Promise<void> {
    for (const socket of this.#upgraded) socket.destroy();
    await closeServer(this.#server);
  }

  /** Forgets what was received. */
  reset(): void {
    this.received.length = 0;
    this.started = 0;
  }

  /** The first request, past or future, that matches; rejects after `timeoutMs`. */
  async waitForRequest(
    matches: (request: ReceivedRequest) => boolean = () => true,
    timeoutMs = 5000,
  ): Promise<ReceivedRequest> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.received.find(matches);
      if (found) return found;
      await once(this.#events, 'request', { signal });
    }
  }

  #receive({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): Answer {
    const { store, now = () => new Date() } = this.#options;
    const at = now();
    const verdict = this.#rules(rawHeaders, (rules) => verify(method, url, rawHeaders, body, store, at, rules));
    const header = (name: string): string | undefined => headerValues(rawHeaders, name).join(', ') || undefined;
    const request: ReceivedRequest = { at, method, url, rawHeaders, header, body, verdict, status: 0 };
    const answer = this.#answer(request);
    request.status = answer.status;
    this.received.push(request);
    this.#events.emit('request');
    return answer;
  }

  #rules(rawHeaders: readonly string[], check: (rules: VerifyOptions) => Verdict): Verdict {
    const { service, region, payload, pathRule, hosts } = this.#options;
    const host = (headerValues(rawHeaders, 'host')[0] ?? '').replace(/:\d+$/, '');
    const rules: VerifyOptions = {
      ...(service !== undefined && { service }),
      ...(region !== undefined && { region }),
      ...(payload !== undefined && { payload }),
      ...(pathRule !== undefined && { pathRule }),
      ...hosts?.[host],
    };
    if (hosts && !hosts[host] && service === undefined) return unknownHost(host);
    return check(rules);
  }

  #answer(request: ReceivedRequest): Answer {
    const { verdict } = request;
    const anonymous = !verdict.ok && verdict.reason === 'missing-authentication' && this.#options.allowAnonymous;
    if (!verdict.ok && !anonymous) {
      return refusalAnswer(verdict);
    }
    const body = `${JSON.stringify(describeRequest(request))}\n`;
    return this.override?.(request) ?? { status: 200, headers: { 'content-type': 'application/json' }, body };
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    this.started += 1;
    this.#upgraded.add(socket);
    socket.on('close', () => this.#upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    const { status, body } = this.#receive(request, Buffer.alloc(0));
    if (status !== 200) {
      const head = `HTTP/1.1 ${status} Refused\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
      socket.end(head + body);
      return;
    }
    const protocol = request.headers.upgrade ?? 'websocket';
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`);
    socket.pipe(socket);
  }
}

/** Starts a verifying service on loopback. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const service = new Service(options);
  await service.up();
  return service;
}
