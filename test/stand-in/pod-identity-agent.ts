import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { CredentialStore } from './credential-store.ts';
import { type Answer, closeServer, listen, localUrl, send } from './http.ts';
import type { OidcIssuer } from './oidc-issuer.ts';
import { sessionArn } from './roles.ts';
import { StsError } from './sts-protocol.ts';
import { verifyWebIdentity } from './web-identity.ts';

/** The audience of the token that EKS mounts for Pod Identity. */
export const POD_IDENTITY_AUDIENCE = 'pods.eks.amazonaws.com';

export interface PodIdentityAgentOptions {
  /** Shared with the services that verify what is signed with these credentials. */
  store: CredentialStore;
  /** The cluster's. */
  issuer: OidcIssuer;
  /** The pod's projected token: nothing but what it holds at the moment of a request is accepted. */
  tokenFile: string;
  /** The association: the one service account, and its role. */
  association: { cluster: string; namespace: string; serviceAccount: string; roleArn: string };
  now?: () => Date;
}

export interface AgentRequest {
  /** 200, or the refusal's. */
  status: number;
  /** Of the session that was handed out. */
  accessKeyId?: string;
}

/**
 * EKS Pod Identity's agent: GET /v1/credentials, with the pod's token as the whole Authorization header, gives the
 * credentials of the associated role with six transitive session tags. Refusals are plain text, as the agent's.
 */
export class PodIdentityAgent {
  /** Oldest first. */
  readonly requests: AgentRequest[] = [];
  /** Seconds that new sessions live. */
  lifetimeSeconds = 6 * 3600;
  readonly #options: PodIdentityAgentOptions;
  #server: Server | undefined;
  #port = 0;

  constructor(options: PodIdentityAgentOptions) {
    this.#options = options;
  }

  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  get url(): string {
    return `${localUrl('http', '127.0.0.1', this.#port)}/v1/credentials`;
  }

  /** Listens; after {@link down}, on the port it had before. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request).then(
        (answer) => send(response, answer),
        () => response.destroy(),
      );
    });
    this.#port = await listen(server, { port: this.#port });
    this.#server = server;
  }

  async down(): Promise<void> {
    if (this.#server) await closeServer(this.#server);
    this.#server = undefined;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' || request.url !== '/v1/credentials') return this.#refuse(404, 'page not found');
    const token = request.headers.authorization ?? '';
    if (token === '') return this.#refuse(400, 'Service account token cannot be empty');
    if (token !== readFileSync(this.#options.tokenFile, 'utf8'))
      return this.#refuse(400, 'the token is not the present one');
    try {
      return await this.#handOut(token);
    } catch (error) {
      if (error instanceof StsError) return this.#refuse(400, error.message);
      throw error;
    }
  }

  async #handOut(token: string): Promise<Answer> {
    const { store, issuer, association, now = () => new Date() } = this.#options;
    const { cluster, namespace, serviceAccount, roleArn } = association;
    const provider = { issuer: issuer.issuer, url: issuer.url, audiences: [POD_IDENTITY_AUDIENCE] };
    const { subject } = await verifyWebIdentity(token, [provider], now());
    if (subject !== `system:serviceaccount:${namespace}:${serviceAccount}`) {
      return this.#refuse(403, 'no association for the service account');
    }
    const account = roleArn.split(':')[4] ?? '';
    const sessionName = `eks-${cluster}-${serviceAccount}-${randomUUID()}`.slice(0, 64);
    const session = store.issueSession(
      {
        ...{ arn: sessionArn(roleArn, sessionName), roleArn, sessionName, subject },
        transitiveTags: {
          'eks-cluster-arn': `arn:aws:eks:us-east-1:${account}:cluster/${cluster}`,
          'eks-cluster-name': cluster,
          'kubernetes-namespace': namespace,
          'kubernetes-service-account': serviceAccount,
          'kubernetes-pod-name': `${serviceAccount}-0`,
          'kubernetes-pod-uid': randomUUID(),
        },
      },
      new Date(now().getTime() + this.lifetimeSeconds * 1000),
    );
    this.requests.push({ status: 200, accessKeyId: session.accessKeyId });
    const body = {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      AccountId: account,
      Expiration: session.expiration.toISOString(),
    };
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  }

  #refuse(status: number, message: string): Answer {
    this.requests.push({ status });
    return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${message}\n` };
  }
}

/** Starts an agent on a port of the kernel's choice, on loopback. */
export async function startPodIdentityAgent(options: PodIdentityAgentOptions): Promise<PodIdentityAgent> {
  const agent = new PodIdentityAgent(options);
  await agent.up();
  return agent;
}
