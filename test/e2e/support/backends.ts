import { DEMO_WORKLOAD, demoRoles, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from '../../stand-in/demo-config.ts';
import { type Role, type StandIn, startStandIn, type Trust } from '../../stand-in/index.ts';
import { type SignerOptions, type SignerProcess, startSigner } from '../../support/signer-process.ts';
import { type Certificate, selfSignedCertificate } from './certificate.ts';
import type { Addresses } from './example-config.ts';
import { expectNoLeak } from './leaks.ts';

export { DEMO_WORKLOAD, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE };

/** The names of the examples. */
export const API_HOST = 'abcdefghij.execute-api.us-east-1.amazonaws.com';
export const BUCKET_HOST = 'reports.s3.eu-west-1.amazonaws.com';
export const FUNCTION_HOST = 'abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws';
export const INVOICES_CALLER_ROLE = 'arn:aws:iam::123456789012:role/invoices-caller';

/** Names as in AWS's own certificates, which have wildcards. */
const CERTIFICATE_NAMES = [
  '*.execute-api.us-east-1.amazonaws.com',
  '*.s3.eu-west-1.amazonaws.com',
  '*.lambda-url.us-east-1.on.aws',
];

export interface BackendOptions {
  /** More roles, for the issuer's `iss`. */
  roles?: (issuer: string) => readonly Role[];
  /** Of a function where it names the stand-in's addresses. */
  signer?: SignerOptions | ((standIn: StandIn) => SignerOptions);
}

/** What an Envoy needs around it: AWS's stand-in, whose service speaks TLS, and the signer that asks its STS. */
export interface Backends {
  standIn: StandIn;
  signer: SignerProcess;
  addresses: Addresses;
  /** Of the service. */
  certificate: Certificate;
  /** What clients were answered that was no success, for the search for secrets when all is closed. */
  refusals: string[];
  /** The value of an authorization header with a caller's token. */
  bearer: (sub: string) => Promise<string>;
  close: () => Promise<void>;
}

/** The service takes a signature for the one service and region that each host has, and no other host. */
export async function startBackends(options: BackendOptions = {}): Promise<Backends> {
  const certificate = selfSignedCertificate(CERTIFICATE_NAMES);
  const standIn = await startStandIn({
    roles: (issuer) => [
      ...demoRoles(issuer),
      { arn: INVOICES_CALLER_ROLE, trust: webIdentity(issuer) },
      ...(options.roles?.(issuer) ?? []),
    ],
    users: [DEMO_WORKLOAD],
    service: {
      tls: certificate,
      hosts: {
        [API_HOST]: { service: 'execute-api', region: 'us-east-1', payload: 'either' },
        [BUCKET_HOST]: { service: 's3', region: 'eu-west-1', payload: 'either' },
        [FUNCTION_HOST]: { service: 'lambda', region: 'us-east-1' },
      },
    },
  });
  const refusals: string[] = [];
  const signerOptions = typeof options.signer === 'function' ? options.signer(standIn) : options.signer;
  const signer = await startSigner({
    ...signerOptions,
    env: { ...workloadEnvironment(standIn), ...signerOptions?.env },
  });
  return {
    standIn,
    signer,
    addresses: { signer: signer.listenPort, service: standIn.service.port, ca: certificate.cert },
    certificate,
    refusals,
    bearer: async (sub) => `Bearer ${await standIn.issuer.issueToken({ sub })}`,
    close: async () => {
      try {
        await expectNoLeak(standIn, signer, refusals);
      } finally {
        await signer.close();
        await standIn.close();
      }
    },
  };
}

/** Trust in every token of an issuer for STS. */
export function webIdentity(issuer: string, subjects?: string[]): Trust {
  return { webIdentity: { issuer, audience: 'sts.amazonaws.com', ...(subjects && { subjects }) } };
}

function workloadEnvironment({ sts }: StandIn): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: DEMO_WORKLOAD.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEMO_WORKLOAD.secretAccessKey,
    AWS_ENDPOINT_URL_STS: sts.url,
  };
}
