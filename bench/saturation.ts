// Load at saturation through an Envoy without runtime flags. Passes when every answer is a 2xx.
import { parseArgs } from 'node:util';
import type { Envoy } from '../test/support/envoy.ts';
import { goodAndBad, type LoadResult } from './load.ts';
import { type SaturationOptions, saturate } from './saturate.ts';

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

process.exitCode = await main(readSettings());

async function main(settings: SaturationOptions): Promise<number> {
  console.log(`${settings.connections} connections at saturation for ${settings.seconds} s …`);
  const stats: string[] = [];
  const result = await saturate(settings, async (gateway) => void stats.push(...(await envoyStats(gateway))));
  printResult(result);
  console.log(["Envoy's view of ext_proc:", ...stats].join('\n'));
  return verdict(result);
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

async function envoyStats(gateway: Envoy): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, value] of await gateway.stats(EXT_PROC_STATS)) {
    if (value > 0 || name.endsWith('.streams_failed')) lines.push(`  ${name.split('.').at(-1)}: ${value}`);
  }
  const stats = await gateway.stats('^cluster\\.signer\\.');
  for (const name of SIGNER_STATS) lines.push(`  ${name}: ${stats.get(`cluster.signer.${name}`) ?? 'unknown'}`);
  return lines;
}

/** Prints the last line. @returns the exit code */
function verdict(result: LoadResult): number {
  const { good, bad } = goodAndBad(result);
  console.log(`non-2xx responses: ${bad}`);
  return bad === 0 && good > 0 ? 0 : 1;
}

function readSettings(): SaturationOptions {
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
