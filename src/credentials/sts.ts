import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type Credentials as StsCredentials,
} from '@aws-sdk/client-sts';
import { LRUCache } from 'lru-cache';
import type { RoleSession, StsEndpoint } from '../config/index.ts';
import type { SignerError } from '../errors/index.ts';
import type { Credentials } from '../signing/index.ts';
import type { Clock } from './clock.ts';
import { stsError, unreadableAnswer } from './sts-errors.ts';
import type { CredentialsObserver, ExpiringCredentials, StsOperation } from './types.ts';

const CLIENTS_KEPT = 256;

export interface StsOptions {
  /** For a whole exchange, retry included, in milliseconds. */
  timeoutMs: number;
  observer: CredentialsObserver;
  clock: Clock;
}

/**
 * The two exchanges with STS. Endpoints are regional; AWS_ENDPOINT_URL_STS and the shared config file are respected
 * where the route names none. An error answer that may pass is asked again once, at once.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
 */
export class Sts {
  readonly #options: StsOptions;
  readonly #clients = new LRUCache<string, STSClient>({ max: CLIENTS_KEPT, dispose: (client) => client.destroy() });

  constructor(options: StsOptions) {
    this.#options = options;
  }

  /** @throws TokenError, CredentialsError */
  assumeRoleWithWebIdentity(endpoint: StsEndpoint, role: RoleSession, token: string): Promise<ExpiringCredentials> {
    const command = new AssumeRoleWithWebIdentityCommand({ ...sessionOf(role), WebIdentityToken: token });
    const client = this.#client(endpoint);
    return this.#exchange('AssumeRoleWithWebIdentity', (abortSignal) => client.send(command, { abortSignal }));
  }

  /** @throws CredentialsError */
  assumeRole(endpoint: StsEndpoint, role: RoleSession, credentials: Credentials): Promise<ExpiringCredentials> {
    const command = new AssumeRoleCommand(sessionOf(role));
    const client = this.#create(endpoint, credentials);
    return this.#exchange('AssumeRole', (abortSignal) => client.send(command, { abortSignal })).finally(() =>
      client.destroy(),
    );
  }

  close(): void {
    this.#clients.clear();
  }

  async #exchange(
    operation: StsOperation,
    send: (abort: AbortSignal) => Promise<{ Credentials?: StsCredentials | undefined }>,
  ): Promise<ExpiringCredentials> {
    const abort = AbortSignal.timeout(this.#options.timeoutMs);
    const ask = async (): Promise<ExpiringCredentials> => {
      const started = performance.now();
      let outcome = 'ok';
      try {
        return credentialsOf((await send(abort)).Credentials);
      } catch (thrown) {
        const error = stsError(operation, thrown);
        outcome = error.code;
        throw error;
      } finally {
        this.#options.observer.stsCall(operation, outcome, (performance.now() - started) / 1000);
      }
    };
    try {
      return await ask();
    } catch (error) {
      if ((error as SignerError).code !== 'SIGV4_STS_UNAVAILABLE' || abort.aborted) throw error;
      return ask();
    }
  }

  #create(endpoint: StsEndpoint, credentials?: Credentials): STSClient {
    const client = new STSClient({ ...clientOptions(endpoint), ...(credentials && { credentials }) });
    readDates(client, this.#options.clock);
    return client;
  }

  #client(endpoint: StsEndpoint): STSClient {
    const key = JSON.stringify(endpoint);
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = this.#create(endpoint);
      this.#clients.set(key, client);
    }
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

function clientOptions({ region, url, fips, dualStack }: StsEndpoint) {
  return {
    region,
    ...(url !== undefined && { endpoint: url }),
    useFipsEndpoint: fips,
    useDualstackEndpoint: dualStack,
    maxAttempts: 1,
  };
}

function sessionOf(role: RoleSession) {
  return {
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    ...(role.durationSeconds !== undefined && { DurationSeconds: role.durationSeconds }),
  };
}

function credentialsOf(answer: StsCredentials | undefined): ExpiringCredentials {
  const expiresAt = answer?.Expiration?.getTime();
  if (!answer?.AccessKeyId || !answer.SecretAccessKey || !answer.SessionToken || !Number.isFinite(expiresAt)) {
    throw unreadableAnswer();
  }
  return {
    accessKeyId: answer.AccessKeyId,
    secretAccessKey: answer.SecretAccessKey,
    sessionToken: answer.SessionToken,
    expiresAt: expiresAt as number,
  };
}
