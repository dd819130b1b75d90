import type { StsEndpoint } from '../config/index.ts';
import type { SessionRequest } from './role-session.ts';
import type { StsClients } from './sts-clients.ts';
import type { StsThread } from './sts-thread/index.ts';
import type { ExpiringCredentials } from './types.ts';
import { webIdentityForm } from './web-identity-form.ts';

/**
 * AssumeRoleWithWebIdentity without the SDK, which takes ten times as long for it: callers come in crowds.
 * docs/decisions/0013-web-identity-without-the-sdk.md
 */
export class WebIdentityExchange {
  readonly #clients: StsClients;
  readonly #thread: StsThread;

  constructor(clients: StsClients, thread: StsThread) {
    this.#clients = clients;
    this.#thread = thread;
  }

  /**
   * Not async itself: who waits holds less.
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
    return this.#clients
      .formRequest(endpoint)
      .then((request) => this.#thread.ask(request, webIdentityForm(session, token), abort, afresh));
  }
}
