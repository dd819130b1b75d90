import { type Envoy, startEnvoy } from '../test/support/envoy.ts';
import { startSigner } from '../test/support/signer-process.ts';
import { gatewayConfig, upstreamConfig } from './gateway.ts';
import { type LoadResult, runLoad } from './load.ts';

export interface SaturationOptions {
  seconds: number;
  connections: number;
  /** 0: GETs; else POSTs with a body of that size. */
  bodyBytes: number;
  /** Of an ext_proc server on 127.0.0.1; absent: the signer is started. */
  extProcPort?: number | undefined;
}

/**
 * Load at saturation through an Envoy without runtime flags, to an upstream that answers 2xx only to what is signed.
 * @param inspect called before Envoy is ended
 */
export async function saturate(
  { seconds, connections, bodyBytes, extProcPort }: SaturationOptions,
  inspect: (gateway: Envoy) => Promise<void> = async () => undefined,
): Promise<LoadResult> {
  await using stack = new AsyncDisposableStack();
  const signerPort = extProcPort ?? (await ownSigner(stack));
  const upstream = await startEnvoy({ config: upstreamConfig(), logLevel: 'warning' });
  stack.defer(upstream.close);
  const gateway = await startEnvoy({
    config: gatewayConfig({ signer: signerPort, upstream: portOf(upstream, 'upstream') }),
    logLevel: 'warning',
  });
  stack.defer(gateway.close);
  const result = await runLoad({
    port: portOf(gateway, 'gateway'),
    path: '/prod/orders?page=2',
    headers: { accept: 'application/json' },
    ...(bodyBytes > 0 ? { body: Buffer.alloc(bodyBytes, 'x') } : {}),
    connections,
    seconds,
  });
  await inspect(gateway);
  return result;
}

async function ownSigner(stack: AsyncDisposableStack): Promise<number> {
  const signer = await startSigner({
    env: {
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-real-secret',
      SIGV4_EXTPROC_LOG_LEVEL: 'info',
    },
  });
  stack.defer(async () => void (await signer.close()));
  return signer.listenPort;
}

function portOf(envoy: Envoy, listener: string): number {
  const port = envoy.listenerPorts.get(listener);
  if (port === undefined) throw new Error(`no listener ${listener}`);
  return port;
}
