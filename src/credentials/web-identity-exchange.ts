import type { StsEndpoint } from '../config/index.ts';
import type { Clock } from './clock.ts';
import { postForm } from './post-form.ts';
import type { SessionRequest } from './role-session.ts';
import { dropIdle } from './stale-connections.ts';
import type { StsClients } from './sts-clients.ts';
import type { Turns } from './turns.ts';
import type { ExpiringCredentials } from './types.ts';
import { credentialsIn } from './web-identity-answer.ts';
import { webIdentityForm } from './web-identity-form.ts';

/**
 * AssumeRoleWithWebIdentity without the SDK, which takes ten times as long for it: callers come in crowds.
 * docs/decisions/0013-web-identity-without-the-sdk.md
 */
export class WebIdentityExchange {
  readonly #clients: StsClients;
  readonly #clock: Clock;
  readonly #turns: Turns;

  /** @param turns in which answers are read */
  constructor(clients: StsClients, clock: Clock, turns: Turns) {
    this.#clients = clients;
    this.#clock = clock;
    this.#turns = turns;
  }

  /**
   * @param afresh on a connection of its own, which nobody can have given up
   * @throws StsErrorAnswer, CredentialsError, the signal's reason, Error of a connection or of what
   *   cannot be read
   */
  async ask(
    endpoint: StsEndpoint,
    session: SessionRequest,
    token: string,
    abort: AbortSignal,
    afresh: boolean,
  ): Promise<ExpiringCredentials> {
    const target = await this.#clients.formTarget(endpoint);
    if (afresh) dropIdle(target.options.agent);
    const answer = await postForm(target, webIdentityForm(session, token), abort);
    await this.#turns.take();
    this.#clock.learn(answer.date);
    return credentialsIn(answer);
  }
}
