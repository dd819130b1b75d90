import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { FormTarget } from './post-form.ts';
import { PreopeningAgent } from './preopening-agent.ts';
import { watchStale } from './stale-connections.ts';
import type { UnsentRequest } from './unsent-request.ts';

/**
 * Cold callers come in crowds; each open exchange has a connection of its own, and those of one crowd are kept for the
 * next: to connect costs as much as to ask.
 */
const MOST_SOCKETS = 2048;

/**
 * The connections to STS and to the other sources of credentials: kept alive, through the proxy of HTTPS_PROXY,
 * HTTP_PROXY and NO_PROXY, trusting the CAs of AWS_CA_BUNDLE in the place of the usual ones, and of
 * NODE_EXTRA_CA_CERTS besides.
 */
export class Connections {
  readonly #http: HttpAgent;
  readonly #https: PreopeningAgent;
  readonly #proxied: boolean;

  /** @throws Error where AWS_CA_BUNDLE cannot be read */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    const options = { keepAlive: true, maxSockets: MOST_SOCKETS, maxFreeSockets: MOST_SOCKETS, proxyEnv: env };
    this.#http = watchStale(new HttpAgent(options));
    const ca = env.AWS_CA_BUNDLE ? { ca: readFileSync(env.AWS_CA_BUNDLE) } : {};
    this.#https = watchStale(new PreopeningAgent({ ...options, ...ca }));
    this.#proxied = Boolean(env.HTTPS_PROXY ?? env.https_proxy);
  }

  /** As the SDK's clients take it. */
  get handler() {
    // No time limit of their own: one for connecting would begin while a request still waits for its turn.
    return { httpAgent: this.#http, httpsAgent: this.#https };
  }

  /** Where a form goes over these connections that the SDK would send as such a request. */
  target({ protocol, hostname, port, path, headers }: UnsentRequest): FormTarget {
    const isTls = protocol === 'https:';
    return {
      request: isTls ? httpsRequest : httpRequest,
      options: {
        agent: isTls ? this.#https : this.#http,
        // An IPv6 address as Node takes it.
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port,
        method: 'POST',
        path,
        headers,
      },
    };
  }

  /** Opens a connection that the next form to that target will take; sends nothing on it. */
  preopen({ options: { agent, host, port } }: FormTarget): void {
    if (agent === this.#https && !this.#proxied) this.#https.preopen(host ?? '', Number(port ?? 443));
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
