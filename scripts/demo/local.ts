import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { DEMO_WORKLOAD } from '../../test/stand-in/demo-config.ts';
import { type Envoy, startEnvoy } from '../../test/support/envoy.ts';
import { startSigner } from '../../test/support/signer-process.ts';
import { ensureEnvoy, ToolError } from '../tools.ts';
import { startDemoStandIn } from './stand-in.ts';

const built = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const gatewayFile = join(import.meta.dirname, 'envoy.yaml');

/** Everything the demo needs, running on loopback. */
export interface LocalParts {
  /** `http://host:port` of Envoy and of the stand-in's control port. */
  gateway: string;
  control: string;
  /** As it calls itself, such as `Envoy 1.40.0`. */
  envoy: string;
}

/**
 * Starts the stand-in, the signer and Envoy; the stack ends them.
 * @throws ToolError where something has to be installed first
 */
export async function startParts(stack: AsyncDisposableStack): Promise<LocalParts> {
  if (!existsSync(built)) throw new ToolError('the signer is not built: run npm ci, or npm run build');
  await ensureEnvoy();
  const standIn = await startDemoStandIn();
  stack.defer(standIn.close);
  const { sts, service } = standIn.standIn;
  const signer = await startSigner({
    env: {
      AWS_ACCESS_KEY_ID: DEMO_WORKLOAD.accessKeyId,
      AWS_SECRET_ACCESS_KEY: DEMO_WORKLOAD.secretAccessKey,
      AWS_ENDPOINT_URL_STS: sts.url,
    },
  });
  stack.defer(async () => void (await signer.close()));
  const envoy = await startEnvoy({
    config: gatewayConfig({ signer: signer.listenPort, aws: service.port }),
    logLevel: 'warning',
  });
  stack.defer(envoy.close);
  return {
    gateway: `http://127.0.0.1:${envoy.listenerPorts.get('gateway')}`,
    control: standIn.control,
    envoy: `Envoy ${await versionOf(envoy)}`,
  };
}

/** The gateway's file, with the clusters on loopback. */
function gatewayConfig(ports: Record<'signer' | 'aws', number>): string {
  const document = parseDocument(readFileSync(gatewayFile, 'utf8'));
  const clusters = document.toJS().static_resources.clusters as { name: 'signer' | 'aws' }[];
  for (const [index, { name }] of clusters.entries()) {
    const endpoint = ['load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint', 'address', 'socket_address'];
    document.setIn(['static_resources', 'clusters', index, ...endpoint], {
      address: '127.0.0.1',
      port_value: ports[name],
    });
  }
  return document.toString();
}

async function versionOf({ adminPort }: Envoy): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/server_info`);
  const { version = '' } = (await response.json()) as { version?: string };
  return version.split('/')[1] ?? version;
}
