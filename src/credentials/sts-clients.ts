import { STSClient } from '@aws-sdk/client-sts';
import { LRUCache } from 'lru-cache';
import type { StsEndpoint } from '../config/index.ts';
import type { Credentials } from '../signing/index.ts';
import type { Clock } from './clock.ts';
import type { Connections } from './connections.ts';

const CLIENTS_KEPT = 256;

/**
 * The SDK's clients, all over the same connections. Endpoints are regional; AWS_ENDPOINT_URL_STS and the shared config
 * file are respected where the route names none.
 */
export class StsClients {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #anonymous = new LRUCache<string, STSClient>({ max: CLIENTS_KEPT });

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /** For AssumeRoleWithWebIdentity, which is not signed. */
  anonymous(endpoint: StsEndpoint): STSClient {
    const key = JSON.stringify(endpoint);
    let client = this.#anonymous.get(key);
    if (client === undefined) {
      client = this.#create(endpoint);
      this.#anonymous.set(key, client);
    }
    return client;
  }

  signing(endpoint: StsEndpoint, credentials: Credentials): STSClient {
    return this.#create(endpoint, credentials);
  }

  /** Connects to an endpoint ahead of the first exchange. */
  preopen(endpoint: StsEndpoint): void {
    const url = endpoint.url ?? process.env.AWS_ENDPOINT_URL_STS ?? process.env.AWS_ENDPOINT_URL;
    const { region: Region, fips: UseFIPS, dualStack: UseDualStack } = endpoint;
    const resolve = this.anonymous(endpoint).config.endpointProvider;
    this.#connections.preopen(url ?? resolve({ Region, UseFIPS, UseDualStack }).url.href);
  }

  #create({ region, url, fips, dualStack }: StsEndpoint, credentials?: Credentials): STSClient {
    const client = new STSClient({
      region,
      ...(url !== undefined && { endpoint: url }),
      useFipsEndpoint: fips,
      useDualstackEndpoint: dualStack,
      maxAttempts: 1,
      requestHandler: this.#connections.handler,
      ...(credentials && { credentials }),
    });
    readDates(client, this.#clock);
    return client;
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
