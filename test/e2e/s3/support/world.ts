import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureVersitygw } from '../../../../scripts/versitygw.ts';
import { type Envoy, startEnvoy } from '../../../support/envoy.ts';
import { isOlderThan } from '../../../support/envoy-versions.ts';
import { type SignerProcess, startSigner } from '../../../support/signer-process.ts';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.ts';
import { startTamperingProxy, type TamperingProxy } from '../../support/tampering-proxy.ts';
import { type Entrance, type GatewayParts, gatewayConfig, listenerName, type Transport } from './gateway.ts';
import { S3_HOST, SERVER_KEYS, startVersitygw, type Versitygw } from './versitygw.ts';

/** Undefined where there is none, and no Go to build one: then the tests skip. */
export const versitygw = await ensureVersitygw();
if (versitygw === undefined) console.warn('SKIPPED: S3 tests, for want of versitygw or of Go to build it with');

/** What no server knows: all that a client behind the gateway has. */
export const WRONG_KEYS = ['AKIANOBODYKNOWSTHIS0', 'not-the-secret-of-anybody'] as const;

/** Whether the Envoy that tests run on knows allow_content_length_header, without which S3 takes no streamed body. */
export const canStream = !isOlderThan('1.38');
if (!canStream) console.warn('SKIPPED: S3 tests that stream, as allow_content_length_header came with Envoy 1.38');

/** Whether an entrance can be had on that Envoy. */
export function servable({ bodyMode, allowContentLength }: Entrance): boolean {
  return canStream || bodyMode !== 'FULL_DUPLEX_STREAMED' || allowContentLength === false;
}

export interface World {
  s3: Versitygw;
  proxy?: TamperingProxy;
  /** Has the keys that the server knows. */
  signer: SignerProcess;
  envoy: Envoy;
  certificate: Certificate;
  /** The path of the certificate's PEM, for clients of the TLS listeners. */
  caFile: string;
  /** Where a client reaches an entrance. */
  endpoint: (entrance: string, transport: Transport) => string;
  port: (entrance: string) => number;
  close: () => Promise<void>;
}

export interface WorldOptions {
  envoyVersion?: string;
  /** In place of a configuration made of the entrances. */
  config?: (parts: GatewayParts) => object;
  /** Puts a proxy between Envoy and the server. */
  proxied?: boolean;
}

/** A real S3 server behind a real Envoy whose listeners sign in different ways. */
export async function startWorld(entrances: readonly Entrance[], options: WorldOptions = {}): Promise<World> {
  if (versitygw === undefined) throw new Error('there is no versitygw');
  const certificate = selfSignedCertificate(['localhost', S3_HOST, `*.${S3_HOST}`]);
  const folder = mkdtempSync(join(tmpdir(), 's3-world-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  const [s3, signer] = await Promise.all([startVersitygw(versitygw, certificate), startS3Signer()]);
  const proxy = options.proxied ? await startTamperingProxy(s3.port, certificate) : undefined;
  const parts = { signerPort: signer.listenPort, servicePort: proxy?.port ?? s3.port, certificate };
  const { envoyVersion: version } = options;
  const config = options.config?.(parts) ?? gatewayConfig(entrances, parts);
  const closeRest = async () => {
    await Promise.all([signer, s3, proxy].map((part) => part?.close()));
    rmSync(folder, { recursive: true, force: true });
  };
  const envoy = await startEnvoy({ config, ...(version !== undefined && { version }) }).catch(async (error) => {
    await closeRest();
    throw error;
  });
  const portOf = (name: string) => {
    const port = envoy.listenerPorts.get(name);
    if (port === undefined) throw new Error(`no listener ${name}`);
    return port;
  };
  return {
    ...{ s3, signer, envoy, certificate, caFile },
    ...(proxy && { proxy }),
    endpoint: (entrance, transport) => `${transport}://localhost:${portOf(listenerName(entrance, transport))}`,
    port: (entrance) => portOf(listenerName(entrance, 'http')),
    close: async () => {
      await envoy.close();
      await closeRest();
    },
  };
}

/** A signer whose own keys are those that versitygw knows. */
export function startS3Signer(): Promise<SignerProcess> {
  const { accessKeyId, secretAccessKey } = SERVER_KEYS;
  return startSigner({ env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } });
}
