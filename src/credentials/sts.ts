import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { LRUCache } from 'lru-cache';
import type { Identity, StsEndpoint } from '../config/index.ts';
import type { SignerError } from '../errors/index.ts';
import type { Credentials } from '../signing/index.ts';
import { stsSdk } from './aws-sdk.ts';
import type { CallBudget } from './call-budget.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { Clock } from './clock.ts';
import type { SessionRequest } from './role-session.ts';
import { sessionCredentials } from './session-credentials.ts';
import { metStaleConnection } from './stale-connections.ts';
import type { StsClients } from './sts-clients.ts';
import { asErrorAnswer } from './sts-error-answer.ts';
import { blamesEndpoint, endpointFails, stsError } from './sts-errors.ts';
import type { StsThread } from './sts-thread/index.ts';
import type { Turns } from './turns.ts';
import type { CredentialsObserver, ExpiringCredentials, StsOperation } from './types.ts';
import { WebIdentityExchange } from './web-identity-exchange.ts';

const BREAKERS_KEPT = 1_000;
/** In one exchange. All idle ones are dropped when one is met, but others may have become idle since. */
const STALE_CONNECTIONS = 3;

export interface StsOptions {
  clients: StsClients;
  thread: StsThread;
  /** In which those go on who ask, or have asked. */
  turns: Turns;
  clock: Clock;
  observer: CredentialsObserver;
  /** Absent: as many calls as are needed. */
  budget?: CallBudget | undefined;
}

/**
 * The two exchanges with STS. An error answer that may pass is asked again once, at once; a connection that was given
 * up while it was idle is not one. An endpoint that fails over and over is left alone, but for a probe a second.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
 */
export class Sts {
  readonly #options: StsOptions;
  readonly #breakers = new LRUCache<string, CircuitBreaker>({ max: BREAKERS_KEPT });
  readonly #webIdentity: WebIdentityExchange;

  constructor(options: StsOptions) {
    this.#options = options;
    this.#webIdentity = new WebIdentityExchange(options.clients, options.thread);
  }

  /** Endpoints that are left alone at present. */
  get brokenEndpoints(): number {
    return [...this.#breakers.values()].filter(({ isOpen }) => isOpen).length;
  }

  /** Connects to the endpoint of an identity that has a role, by whoever will ask there; nothing is sent. */
  async preopen({ source, role, chain, sts }: Identity): Promise<void> {
    const { clients, thread } = this.#options;
    const isChained = chain.length > 0;
    if (role === undefined && !isChained) return;
    try {
      const request = await clients.formRequest(sts);
      if (source === 'caller') thread.preopen(request);
      if (source === 'workload' || isChained) clients.preopen(request);
    } catch {
      // The first exchange says so.
    }
  }

  /**
   * @param abort ends the exchange, its retry included
   * @throws TokenError, CredentialsError
   */
  assumeRoleWithWebIdentity(
    endpoint: StsEndpoint,
    session: SessionRequest,
    token: string,
    abort: AbortSignal,
  ): Promise<ExpiringCredentials> {
    return this.#exchange('AssumeRoleWithWebIdentity', endpoint, session, abort, (afresh) =>
      this.#webIdentity.ask(endpoint, session, token, abort, afresh),
    );
  }

  /** @throws CredentialsError */
  assumeRole(
    endpoint: StsEndpoint,
    session: SessionRequest,
    credentials: Credentials,
    abort: AbortSignal,
  ): Promise<ExpiringCredentials> {
    return this.#exchange('AssumeRole', endpoint, session, abort, async () => {
      const { AssumeRoleCommand } = await stsSdk();
      const client = await this.#options.clients.signing(endpoint, credentials);
      const command = new AssumeRoleCommand(parametersOf(session));
      const { Credentials: given } = await client.send(command, { abortSignal: abort }).catch((thrown: unknown) => {
        throw asErrorAnswer(thrown);
      });
      return sessionCredentials(
        given?.AccessKeyId,
        given?.SecretAccessKey,
        given?.SessionToken,
        given?.Expiration?.getTime(),
      );
    });
  }

  async #exchange(
    operation: StsOperation,
    endpoint: StsEndpoint,
    { arn }: SessionRequest,
    abort: AbortSignal,
    send: (afresh: boolean) => Promise<ExpiringCredentials>,
  ): Promise<ExpiringCredentials> {
    const breaker = this.#breakerOf(endpoint);
    for (let failures = 0, stale = 0; ; ) {
      if (!breaker.admits()) throw endpointFails();
      await this.#options.budget?.take(abort).catch((reason: unknown) => {
        throw stsError(operation, arn, reason);
      });
      await this.#options.turns.take();
      const started = performance.now();
      let error: SignerError | undefined;
      try {
        const credentials = await send(stale > 0);
        breaker.answered();
        return credentials;
      } catch (thrown) {
        error = stsError(operation, arn, thrown);
      } finally {
        const seconds = (performance.now() - started) / 1000;
        this.#options.observer.stsCall(operation, error?.code ?? 'ok', seconds);
      }
      const wasStale = metStaleConnection(error.cause);
      if (!wasStale) {
        if (blamesEndpoint(error)) breaker.failed();
        else breaker.answered();
      }
      if (error.code !== 'SIGV4_STS_UNAVAILABLE' || abort.aborted) throw error;
      if (wasStale && stale < STALE_CONNECTIONS) stale += 1;
      else if (failures === 0 && !breaker.isOpen) failures += 1;
      else throw error;
    }
  }

  #breakerOf(endpoint: StsEndpoint): CircuitBreaker {
    const key = JSON.stringify(endpoint);
    let breaker = this.#breakers.get(key);
    if (breaker === undefined) {
      breaker = new CircuitBreaker();
      this.#breakers.set(key, breaker);
    }
    return breaker;
  }
}

function parametersOf(session: SessionRequest): AssumeRoleCommandInput {
  const { arn, sessionName, durationSeconds, externalId, sourceIdentity } = session;
  const { tags, transitiveTagKeys, policy, policyArns } = session;
  return {
    RoleArn: arn,
    RoleSessionName: sessionName,
    DurationSeconds: durationSeconds,
    ExternalId: externalId,
    SourceIdentity: sourceIdentity,
    Tags: tags?.map(([Key, Value]) => ({ Key, Value })),
    TransitiveTagKeys: transitiveTagKeys && [...transitiveTagKeys],
    Policy: policy,
    PolicyArns: policyArns?.map((policyArn) => ({ arn: policyArn })),
  };
}
