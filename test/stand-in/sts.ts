import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { CredentialStore, Principal } from './credential-store.ts';
import { type Answer, closeServer, type ListenOptions, listen, localUrl, readBody, send } from './http.ts';
import type { Role } from './roles.ts';
import { verify } from './sigv4-verifier.ts';
import { assumeRole, assumeRoleWithWebIdentity, getCallerIdentity, type StsContext } from './sts-actions.ts';
import { errorAnswer, resultAnswer, StsError, type Xml } from './sts-protocol.ts';
import { claimedTokenId } from './web-identity.ts';

export type StsFault = 'none' | 'error500' | 'throttle' | 'slow' | 'garbage' | 'hang' | 'accessDenied';

export interface StsCall {
  action: string;
  roleArn: string | undefined;
  sessionName: string | undefined;
  /** Who asked, once that is proven: the ARN that signed, or the `sub` of the web identity token. */
  caller: string | undefined;
  /** The `jti` that the web identity token claims. */
  tokenId: string | undefined;
  /** `pending`, then `ok`, AWS's error code, or `fault:NAME`. */
  outcome: string;
  at: Date;
  /** What was sent, the token left out. */
  parameters: Record<string, string>;
}

export interface StsOptions extends ListenOptions {
  store: CredentialStore;
  roles?: readonly Role[];
  /** Region that AssumeRole's signature must be scoped to; absent: any. */
  region?: string;
  /** Base URLs by issuer, where a provider is not reached at its issuer URL. */
  providerUrls?: Record<string, string>;
  now?: () => Date;
}

const FAULT_ANSWERS: Record<'error500' | 'throttle' | 'garbage' | 'accessDenied', Answer> = {
  error500: errorAnswer(new StsError('InternalFailure', 500, 'An internal error has occurred.')),
  throttle: errorAnswer(new StsError('Throttling', 400, 'Rate exceeded')),
  garbage: { status: 200, headers: { 'content-type': 'text/xml' }, body: '<html><p>not what you asked for' },
  accessDenied: errorAnswer(new StsError('AccessDenied', 403, 'Not authorized to perform sts:AssumeRole')),
};

/** STS's query API for AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity, really verifying both proofs. */
export class Sts {
  /** What happens to each call from now on; `none` answers properly. */
  fault: StsFault = 'none';
  /** Calls that `fault` still applies to. */
  faultTimes = Number.POSITIVE_INFINITY;
  /** How long `slow` takes, before the proper answer. */
  delayMs = 1000;
  /** Seconds that new sessions live whatever was asked for. */
  lifetimeSeconds: number | undefined;
  /** Every call, from its arrival on, oldest first. */
  readonly calls: StsCall[] = [];
  readonly roles = new Map<string, Role>();
  /** Subjects for whom the identity provider says no: IDPRejectedClaim. */
  readonly rejectedSubjects = new Set<string>();
  readonly #events = new EventEmitter();
  readonly #options: StsOptions;
  readonly #now: () => Date;
  #server: Server | undefined;
  #port = 0;

  constructor(options: StsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    for (const role of options.roles ?? []) this.roles.set(role.arn, role);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return localUrl('http', this.#options.host, this.#port);
  }

  /** Listens; after {@link down}, on the port it had before. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#port = await listen(server, { ...this.#options, port: this.#port || (this.#options.port ?? 0) });
    this.#server = server;
  }

  /** Refuses connections and cuts those that are open. */
  async down(): Promise<void> {
    if (this.#server) await closeServer(this.#server);
    this.#server = undefined;
  }

  async close(): Promise<void> {
    await this.down();
  }

  /** Sets the fault for the next `times` calls (default: until changed). */
  setFault(fault: StsFault, { times = Number.POSITIVE_INFINITY, delayMs = this.delayMs } = {}): void {
    this.fault = fault;
    this.faultTimes = times;
    this.delayMs = delayMs;
  }

  /** The first call, past or future, that matches; rejects after `timeoutMs`. */
  async waitForCall(matches: (call: StsCall) => boolean = () => true, timeoutMs = 5000): Promise<StsCall> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const call = this.calls.find(matches);
      if (call) return call;
      await once(this.#events, 'call', { signal });
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const form = request.method === 'GET' ? (request.url?.split('?')[1] ?? '') : body.toString('utf8');
    const parameters = new URLSearchParams(form);
    const { WebIdentityToken: token, ...recorded } = Object.fromEntries(parameters);
    const call: StsCall = {
      action: parameters.get('Action') ?? '',
      roleArn: parameters.get('RoleArn') ?? undefined,
      sessionName: parameters.get('RoleSessionName') ?? undefined,
      caller: undefined,
      tokenId: claimedTokenId(token),
      outcome: 'pending',
      at: this.#now(),
      parameters: recorded,
    };
    this.calls.push(call);
    this.#events.emit('call');
    const fault = this.#takeFault();
    if (fault !== 'none' && fault !== 'slow') {
      call.outcome = `fault:${fault}`;
      if (fault !== 'hang') send(response, FAULT_ANSWERS[fault]);
      return;
    }
    if (fault === 'slow') await this.#delay(response);
    const answer = await this.#answer(request, parameters, body, call);
    if (!response.destroyed) send(response, answer);
  }

  #takeFault(): StsFault {
    if (this.fault === 'none' || this.faultTimes <= 0) return 'none';
    this.faultTimes -= 1;
    return this.fault;
  }

  async #delay(response: ServerResponse): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.delayMs);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    await promise;
  }

  async #answer(request: IncomingMessage, form: URLSearchParams, body: Buffer, call: StsCall): Promise<Answer> {
    try {
      const result = await this.#perform(request, form, body, call);
      call.outcome = 'ok';
      return resultAnswer(call.action, result);
    } catch (error) {
      const stsError = error instanceof StsError ? error : new StsError('InternalFailure', 500, String(error));
      call.outcome = stsError.code;
      return errorAnswer(stsError);
    }
  }

  async #perform(request: IncomingMessage, form: URLSearchParams, body: Buffer, call: StsCall): Promise<Xml> {
    const { store, providerUrls = {} } = this.#options;
    const { roles, rejectedSubjects, lifetimeSeconds } = this;
    const context: StsContext = { store, roles, rejectedSubjects, providerUrls, lifetimeSeconds, now: this.#now() };
    const action = form.get('Action');
    if (form.get('Version') !== '2011-06-15') {
      throw new StsError('InvalidAction', 400, `Could not find operation ${action} for version ${form.get('Version')}`);
    }
    if (action === 'AssumeRoleWithWebIdentity') {
      return await assumeRoleWithWebIdentity(form, context, ({ subject }) => {
        call.caller = subject;
      });
    }
    if (action === 'AssumeRole' || action === 'GetCallerIdentity') {
      const caller = this.#authenticate(request, body);
      call.caller = caller.arn;
      return action === 'AssumeRole' ? assumeRole(form, caller, context) : getCallerIdentity(caller);
    }
    throw new StsError('InvalidAction', 400, `Could not find operation ${action} for version 2011-06-15`);
  }

  #authenticate({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): Principal {
    const { store, region } = this.#options;
    const options = { service: 'sts', ...(region !== undefined && { region }) };
    const verdict = verify(method, url, rawHeaders, body, store, this.#now(), options);
    if (!verdict.ok) throw new StsError(verdict.code, verdict.status, verdict.message);
    return verdict.principal;
  }
}

/** Starts an STS on loopback. */
export async function startSts(options: StsOptions): Promise<Sts> {
  const sts = new Sts(options);
  await sts.up();
  return sts;
}
