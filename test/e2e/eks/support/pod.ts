import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { closeServer, listen, localUrl } from '../../../stand-in/http.ts';
import { type Role, type StandIn, startStandIn, type TokenClaims } from '../../../stand-in/index.ts';
import { startPodIdentityAgent } from '../../../stand-in/pod-identity-agent.ts';
import { type ProjectedToken, projectToken } from '../../../support/projected-token.ts';
import { startSigner } from '../../../support/signer-process.ts';
import { API_HOST, type Backends } from '../../support/backends.ts';
import { selfSignedCertificate } from '../../support/certificate.ts';
import { expectNoLeak } from '../../support/leaks.ts';

/** The names of deploy/eks: a cluster's account, and the account that has the API. */
export const CLUSTER = 'main';
export const NAMESPACE = 'orders';
export const SERVICE_ACCOUNT = 'orders-app';
export const SUBJECT = `system:serviceaccount:${NAMESPACE}:${SERVICE_ACCOUNT}`;
export const POD_ROLE = 'arn:aws:iam::111122223333:role/orders-pod';
export const API_ROLE = 'arn:aws:iam::444455556666:role/orders-api-caller';

/** As routes name it in deploy/eks. */
export const crossAccountApi = {
  aws_region: 'us-east-1',
  aws_service: 'execute-api',
  credential_source: 'workload',
  aws_assume_role_arn: API_ROLE,
  session_name: SERVICE_ACCOUNT,
  override_target_host: API_HOST,
};

export interface PodOptions {
  /** The audience of the projected token. */
  audience: string;
  roles: (issuer: string) => readonly Role[];
  /** What EKS's webhook puts into the container's environment. */
  environment: (pod: StartedBeforeTheSigner) => Record<string, string> | Promise<Record<string, string>>;
}

interface StartedBeforeTheSigner {
  standIn: StandIn;
  token: ProjectedToken;
  /** Run when the pod is closed. */
  onClose: (close: () => unknown) => void;
}

/** AWS, and a signer in a pod whose service account has a role. */
export interface Pod extends Backends {
  token: ProjectedToken;
  /** A new token of the service account, by the cluster's issuer. */
  newToken: (claims?: Partial<TokenClaims>) => Promise<string>;
  /** Paths that were asked for at the node's metadata service, whose role no pod may ever get. */
  metadataRequests: string[];
}

export async function startPod({ audience, roles, environment }: PodOptions): Promise<Pod> {
  const certificate = selfSignedCertificate(['*.execute-api.us-east-1.amazonaws.com']);
  const standIn = await startStandIn({
    roles,
    stsRegion: 'us-east-1',
    service: { tls: certificate, hosts: { [API_HOST]: { service: 'execute-api', region: 'us-east-1' } } },
  });
  const newToken = (claims: Partial<TokenClaims> = {}) =>
    standIn.issuer.issueToken({ sub: SUBJECT, aud: audience, jti: randomUUID(), expiresIn: 86_400, ...claims });
  const token = projectToken(await newToken());
  const metadata = await startMetadataService();
  const closers: (() => unknown)[] = [metadata.close, () => standIn.close(), token.remove];
  const env = await environment({ standIn, token, onClose: (close) => closers.unshift(close) });
  const refusals: string[] = [];
  const signer = await startSigner({
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_STS: standIn.sts.url,
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      ...env,
    },
  });
  return {
    ...{ standIn, signer, certificate, token, newToken, metadataRequests: metadata.requests },
    addresses: { signer: signer.listenPort, service: standIn.service.port, ca: certificate.cert },
    refusals,
    bearer: async (sub) => `Bearer ${await standIn.issuer.issueToken({ sub })}`,
    close: async () => {
      try {
        await expectNoLeak(standIn, signer, refusals);
      } finally {
        await signer.close();
        for (const close of closers) await close();
      }
    },
  };
}

/** A pod with IRSA. */
export function startIrsaPod(roles: PodOptions['roles']): Promise<Pod> {
  return startPod({
    ...{ audience: 'sts.amazonaws.com', roles },
    environment: ({ token }) => ({ AWS_ROLE_ARN: POD_ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: token.path }),
  });
}

/** A pod with EKS Pod Identity, and its node's agent. */
export async function startPodIdentityPod(roles: PodOptions['roles']) {
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof startPodIdentityAgent>>>();
  const pod = await startPod({
    ...{ audience: 'pods.eks.amazonaws.com', roles },
    environment: async ({ standIn, token, onClose }) => {
      const agent = await startPodIdentityAgent({
        ...{ store: standIn.store, issuer: standIn.issuer, tokenFile: token.path },
        association: { cluster: CLUSTER, namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT, roleArn: POD_ROLE },
      });
      onClose(() => agent.down());
      resolve(agent);
      return {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token.path,
      };
    },
  });
  return { ...pod, agent: await promise };
}

async function startMetadataService() {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(404).end();
  });
  const port = await listen(server);
  return { requests, url: localUrl('http', '127.0.0.1', port), close: () => closeServer(server) };
}
