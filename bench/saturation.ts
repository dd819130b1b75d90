// Load at saturation through an Envoy without runtime flags. Passes when every answer is a 2xx.
import { parseArgs } from 'node:util';
import { type Envoy, startEnvoy } from '../test/support/envoy.ts';
import { startSigner } from '../test/support/signer-process.ts';
import { gatewayConfig, upstreamConfig } from './gateway.ts';
import { type LoadResult, runLoad } from './load.ts';

const USAGE = `npm run bench:saturation -- [--seconds 60] [--connections 64] [--body-bytes 0] [--ext-proc-port PORT]

  --body-bytes     send POSTs with a body of that size instead of GETs
  --ext-proc-port  use the ext_proc server on that port of 127.0.0.1 instead of starting the signer`;

const EXT_PROC_STATS = '^http\\.gateway\\.ext_proc\\.';
const SIGNER_STATS = [
  'upstream_cx_total',
  'upstream_cx_destroy_remote',
  'upstream_cx_destroy_remote_with_active_rq',
  'upstream_rq_rx_reset',
  'upstream_rq_pending_overflow',
];

interface Settings {
  seconds: number;
  connections: number;
  bodyBytes: number;
  extProcPort: number | undefined;
}

process.exitCode = await main(readSettings());

async function main(settings: Settings): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const signerPort = settings.extProcPort ?? (await ownSigner(stack));
  const upstream = await startEnvoy({ config: upstreamConfig(), logLevel: 'warning' });
  stack.defer(upstream.close);
  const gateway = await startEnvoy({
    config: gatewayConfig({ signer: signerPort, upstream: portOf(upstream, 'upstream') }),
    logLevel: 'warning',
  });
  stack.defer(gateway.close);
  console.log(`${settings.connections} connections at saturation for ${settings.seconds} s …`);
  const result = await runLoad({
    port: portOf(gateway, 'gateway'),
    path: '/prod/orders?page=2',
    headers: { accept: 'application/json' },
    ...(settings.bodyBytes > 0 ? { body: Buffer.alloc(settings.bodyBytes, 'x') } : {}),
    connections: settings.connections,
    seconds: settings.seconds,
  });
  printResult(result);
  await printEnvoyStats(gateway);
  return verdict(result);
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

function printResult({ requests, byStatus, errorKinds, rps, latencyMs }: LoadResult): void {
  console.log(`requests: ${requests}`);
  for (const [status, count] of [...byStatus].sort(([a], [b]) => a - b)) console.log(`  ${status}: ${count}`);
  for (const [kind, count] of errorKinds) console.log(`  socket error (${kind}): ${count}`);
  const { p50, p99, p999, max } = latencyMs;
  const times = [p50, p99, p999, max].map((value) => value.toFixed(1));
  console.log(`rps: ${Math.round(rps)}`);
  console.log(`latency in ms: p50 ${times[0]}, p99 ${times[1]}, p99.9 ${times[2]}, max ${times[3]}`);
}

async function printEnvoyStats(gateway: Envoy): Promise<void> {
  console.log("Envoy's view of ext_proc:");
  for (const [name, value] of await gateway.stats(EXT_PROC_STATS)) {
    if (value > 0 || name.endsWith('.streams_failed')) console.log(`  ${name.split('.').at(-1)}: ${value}`);
  }
  const stats = await gateway.stats('^cluster\\.signer\\.');
  for (const name of SIGNER_STATS) console.log(`  ${name}: ${stats.get(`cluster.signer.${name}`) ?? 'unknown'}`);
}

/** Prints the last line. @returns the exit code */
function verdict({ byStatus, errors }: LoadResult): number {
  let good = 0;
  let bad = errors;
  for (const [status, count] of byStatus) {
    if (status >= 200 && status <= 299) good += count;
    else bad += count;
  }
  console.log(`non-2xx responses: ${bad}`);
  return bad === 0 && good > 0 ? 0 : 1;
}

function portOf(envoy: Envoy, listener: string): number {
  const port = envoy.listenerPorts.get(listener);
  if (port === undefined) throw new Error(`no listener ${listener}`);
  return port;
}

function readSettings(): Settings {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        connections: { type: 'string', default: '64' },
        'body-bytes': { type: 'string', default: '0' },
        'ext-proc-port': { type: 'string' },
      },
    });
    const port = values['ext-proc-port'];
    return {
      seconds: positive('seconds', values.seconds),
      connections: positive('connections', values.connections),
      bodyBytes: values['body-bytes'] === '0' ? 0 : positive('body-bytes', values['body-bytes']),
      extProcPort: port === undefined ? undefined : positive('ext-proc-port', port),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(1);
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name} wants a positive number, not ${text}`);
  return value;
}
