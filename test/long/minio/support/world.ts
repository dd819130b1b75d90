import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureMinio } from '../../../../scripts/minio.ts';
import { type Entrance, gatewayConfig, listenerName } from '../../../e2e/s3/support/gateway.ts';
import { S3_HOST } from '../../../e2e/s3/support/versitygw.ts';
import { selfSignedCertificate } from '../../../e2e/support/certificate.ts';
import { type ClientRequest, type ClientResponse, send } from '../../../e2e/support/client.ts';
import { type OidcIssuer, startOidcIssuer } from '../../../stand-in/oidc-issuer.ts';
import { startEnvoy } from '../../../support/envoy.ts';
import { type SignerProcess, startSigner } from '../../../support/signer-process.ts';
import { type Audit, startAudit } from './audit.ts';
import { type Minio, startMinio } from './minio.ts';

/** Undefined where there is none, and no Go to build one: then the tests skip. */
export const minio = await ensureMinio();
if (minio === undefined) console.warn('SKIPPED: MinIO, for want of it or of Go to build it with');

/** MinIO's policies of the role that is for each audience. */
const POLICIES = { writers: 'readwrite', keepers: 'readonly,writeonly' } as const;

export type Audience = keyof typeof POLICIES;

export interface WorldOptions {
  /** Sign with the credentials of a role for the caller's token. */
  entrances: (roleArn: Minio['roleArn']) => readonly Entrance[];
}

/** MinIO's S3 behind a real Envoy, a signer that asks MinIO's STS, and the issuer whose tokens that trusts. */
export interface World {
  issuer: OidcIssuer;
  minio: Minio;
  audit: Audit;
  signer: SignerProcess;
  send: (entrance: string, request: ClientRequest) => Promise<ClientResponse>;
  /** Bytes that an entrance has sent to S3; Envoy counts a request as sent before an upstream filter refuses it. */
  bytesToS3: (entrance: string) => Promise<number>;
  close: () => Promise<void>;
}

export async function startWorld({ entrances }: WorldOptions): Promise<World> {
  if (minio === undefined) throw new Error('there is no MinIO');
  await using stack = new AsyncDisposableStack();
  const certificate = selfSignedCertificate(['localhost', S3_HOST]);
  const folder = mkdtempSync(join(tmpdir(), 'minio-world-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, certificate.cert);

  const closing = <Part extends { close: () => Promise<unknown> }>(part: Part): Part => {
    stack.defer(async () => {
      await part.close();
    });
    return part;
  };
  const issuer = closing(await startOidcIssuer());
  const audit = closing(await startAudit());
  const server = closing(
    await startMinio({ binary: minio, certificate, issuerUrl: issuer.url, policies: POLICIES, auditUrl: audit.url }),
  );
  const env = { AWS_ENDPOINT_URL_STS: `https://localhost:${server.port}`, NODE_EXTRA_CA_CERTS: ca };
  const signer = closing(await startSigner({ env }));
  const parts = { signerPort: signer.listenPort, servicePort: server.port, certificate };
  const envoy = closing(await startEnvoy({ config: gatewayConfig(entrances(server.roleArn), parts) }));
  const parted = stack.move();
  return {
    ...{ issuer, minio: server, audit, signer },
    send: (entrance, request) => send(envoy.listenerPorts.get(listenerName(entrance, 'http')) ?? 0, request),
    bytesToS3: async (entrance) => {
      const name = `cluster.s3-${entrance}.upstream_cx_tx_bytes_total`;
      const bytes = (await envoy.stats(`^${name.replaceAll('.', '\\.')}$`)).get(name);
      if (bytes === undefined) throw new Error(`Envoy has no ${name}`);
      return bytes;
    },
    close: () => parted.disposeAsync(),
  };
}
