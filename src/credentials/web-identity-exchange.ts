import type { StsEndpoint } from '../config/index.ts';
import type { Clock } from './clock.ts';
import { type AnswerReader, type FormTarget, postForm } from './post-form.ts';
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
  readonly #reader: AnswerReader<ExpiringCredentials>;

  /** @param turns in which answers are read */
  constructor(clients: StsClients, clock: Clock, turns: Turns) {
    this.#clients = clients;
    this.#reader = {
      turns,
      read(answer) {
        clock.learn(answer.date);
        return credentialsIn(answer);
      },
    };
  }

  /**
   * @param afresh on a connection of its own, which nobody can have given up
   * @throws StsErrorAnswer, CredentialsError, the signal's reason, Error of a connection or of what
   *   cannot be read
   */
  ask(
    endpoint: StsEndpoint,
    session: SessionRequest,
    token: string,
    abort: AbortSignal,
    afresh: boolean,
  ): Promise<ExpiringCredentials> {
    const post = (target: FormTarget) => {
      if (afresh) dropIdle(target.options.agent);
      return postForm(target, webIdentityForm(session, token), abort, this.#reader);
    };
    const target = this.#clients.formTarget(endpoint);
    return target instanceof Promise ? target.then(post) : post(target);
  }
}
