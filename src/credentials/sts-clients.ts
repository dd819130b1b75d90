import type { STSClient } from '@aws-sdk/client-sts';
import { LRUCache } from 'lru-cache';
import type { StsEndpoint } from '../config/index.ts';
import type { Credentials } from '../signing/index.ts';
import { stsSdk } from './aws-sdk.ts';
import type { Clock } from './clock.ts';
import type { Connections } from './connections.ts';
import type { FormTarget } from './post-form.ts';
import { unsentRequest } from './unsent-request.ts';

const TARGETS_KEPT = 256;

/**
 * Who asks STS, all over the same connections. Endpoints are regional; AWS_ENDPOINT_URL_STS and the shared config file
 * are respected where the route names none.
 */
export class StsClients {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #targets = new LRUCache<string, FormTarget | Promise<FormTarget>>({ max: TARGETS_KEPT });

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /**
   * Where AssumeRoleWithWebIdentity is posted, which is not signed: as the SDK has it, which is asked once; at once where
   * it has been.
   * @throws Error by the promise, where there is no such endpoint
   */
  formTarget(endpoint: StsEndpoint): FormTarget | Promise<FormTarget> {
    const key = JSON.stringify(endpoint);
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const target = this.#resolve(endpoint);
    this.#targets.set(key, target);
    target.then(
      (resolved) => this.#targets.set(key, resolved),
      () => this.#targets.delete(key),
    );
    return target;
  }

  /** The SDK's, for what is signed. */
  async signing(endpoint: StsEndpoint, credentials: Credentials): Promise<STSClient> {
    const client = await this.#create(endpoint, credentials);
    readDates(client, this.#clock);
    return client;
  }

  /** Connects to an endpoint ahead of the first exchange. */
  async preopen(endpoint: StsEndpoint): Promise<void> {
    try {
      this.#connections.preopen(await this.formTarget(endpoint));
    } catch {
      // The first exchange says so.
    }
  }

  async #resolve(endpoint: StsEndpoint): Promise<FormTarget> {
    return this.#connections.target(await unsentRequest(await this.#create(endpoint)));
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
