import type { STSClient } from '@aws-sdk/client-sts';
import { LRUCache } from 'lru-cache';
import type { StsEndpoint } from '../config/index.ts';
import type { Credentials } from '../signing/index.ts';
import { stsSdk } from './aws-sdk.ts';
import type { Clock } from './clock.ts';
import type { Connections } from './connections.ts';
import { type UnsentRequest, unsentRequest } from './unsent-request.ts';

/** Of different endpoints. */
export const REQUESTS_KEPT = 256;

/**
 * The SDK's clients of STS, all over the same connections, and what it knows of the endpoints. These are regional; AWS_ENDPOINT_URL_STS and the shared config file
 * are respected where the route names none.
 */
export class StsClients {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #requests = new LRUCache<string, Promise<UnsentRequest>>({ max: REQUESTS_KEPT });

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /**
   * What AssumeRoleWithWebIdentity, which is not signed, is asked for with: as the SDK has it, which is asked once.
   * @throws Error where there is no such endpoint
   */
  formRequest(endpoint: StsEndpoint): Promise<UnsentRequest> {
    const key = JSON.stringify(endpoint);
    let request = this.#requests.get(key);
    if (request === undefined) {
      request = this.#create(endpoint).then(unsentRequest);
      this.#requests.set(key, request);
      request.catch(() => this.#requests.delete(key));
    }
    return request;
  }

  /** The SDK's, for what is signed. */
  async signing(endpoint: StsEndpoint, credentials: Credentials): Promise<STSClient> {
    const client = await this.#create(endpoint, credentials);
    readDates(client, this.#clock);
    return client;
  }

  /** Connects to where a request would go, ahead of the first AssumeRole. */
  preopen(request: UnsentRequest): void {
    this.#connections.preopen(this.#connections.target(request));
  }

  async #create({ region, url, fips, dualStack }: StsEndpoint, credentials?: Credentials): Promise<STSClient> {
    const { STSClient } = await stsSdk();
    return new STSClient({
      region,
      ...(url !== undefined && { endpoint: url }),
      useFipsEndpoint: fips,
      useDualstackEndpoint: dualStack,
      maxAttempts: 1,
      requestHandler: this.#connections.handler,
      ...(credentials && { credentials }),
    });
  }
}

/** Hands on the date of every answer, refusals included. */
function readDates(client: STSClient, clock: Clock): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      clock.learn(headers?.date);
      return result;
    },
    // Next to the handler, where the answer is not yet read.
    { step: 'deserialize', priority: 'low', name: 'readDates' },
  );
}
