// Mixed load through a real Envoy for a long time: the signer's memory and open files have to stay flat.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { selfSignedCertificate } from '../test/e2e/support/certificate.ts';
import { type ClientRequest, send } from '../test/e2e/support/client.ts';
import { connectionManager, exampleConfig, type Route } from '../test/e2e/support/example-config.ts';
import { DEMO_WORKLOAD, demoRoles, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from '../test/stand-in/demo-config.ts';
import { startStandIn } from '../test/stand-in/index.ts';
import { startEnvoy } from '../test/support/envoy.ts';
import { startSigner } from '../test/support/signer-process.ts';

const USAGE = `node scripts/soak.ts [--minutes 30] [--connections 16] [--workers 1]`;
const HOST = 'abcdefghij.execute-api.us-east-1.amazonaws.com';
const CALLERS = 2_000;
const CACHED = 500;
/** What is compared: a fifth of the samples, behind a first fifth in which all warms up. */
const PART = 0.2;
const MOST_GROWTH = { mib: 16, files: 8 };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    connections: { type: 'string', default: '16' },
    workers: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const [minutes, connections] = [Number(values.minutes), Number(values.connections)];
if (values.help || !(minutes > 0) || !(connections > 0)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
process.exitCode = await main();

interface Sample {
  mib: number;
  files: number;
}

async function main(): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const certificate = selfSignedCertificate(['*.execute-api.us-east-1.amazonaws.com']);
  const standIn = await startStandIn({
    roles: demoRoles,
    users: [DEMO_WORKLOAD],
    service: {
      tls: certificate,
      hosts: { [HOST]: { service: 'execute-api', region: 'us-east-1', payload: 'either' } },
    },
  });
  stack.defer(standIn.close);
  const signer = await startSigner({
    env: {
      AWS_ACCESS_KEY_ID: DEMO_WORKLOAD.accessKeyId,
      AWS_SECRET_ACCESS_KEY: DEMO_WORKLOAD.secretAccessKey,
      AWS_ENDPOINT_URL_STS: standIn.sts.url,
    },
    // More callers than are kept, so that the cache is full all the time.
    config: `cache: { max_entries: ${CACHED} }\nlog: { level: info }\n`,
    args: ['--workers', values.workers],
  });
  stack.defer(async () => void (await signer.close()));
  const addresses = { signer: signer.listenPort, service: standIn.service.port, ca: certificate.cert };
  const config = exampleConfig('downstream', addresses);
  connectionManager(config).route_config.virtual_hosts = [{ name: 'all', domains: ['*'], routes: routes() }];
  const envoy = await startEnvoy({ config, logLevel: 'warning' });
  stack.defer(envoy.close);

  const port = envoy.listenerPorts.get('gateway') ?? 0;
  const tokens = await Promise.all(
    Array.from({ length: CALLERS }, (_, i) => standIn.issuer.issueToken({ sub: `caller-${i}` })),
  );
  const end = performance.now() + minutes * 60_000;
  const outcomes = new Map<string, number>();
  const worker = async () => {
    while (performance.now() < end) {
      const { name, request, expected } = nextRequest(tokens);
      const { status, body } = await send(port, request);
      if (status !== expected) console.log(`${new Date().toISOString()} ${name}: ${status} ${body.slice(0, 300)}`);
      const key = status === expected ? `${name}: ${status}` : `${name}: UNEXPECTED ${status}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
  };
  const samples: Sample[] = [];
  const sampling = async () => {
    for (let next = performance.now(); performance.now() < end; next += (minutes * 60_000) / 100) {
      samples.push(sampleOf(signer.pid));
      // The stand-ins keep all that they get.
      standIn.service.reset();
      standIn.sts.calls.length = 0;
      await delay(Math.max(0, next - performance.now()));
    }
  };
  await Promise.all([sampling(), ...Array.from({ length: connections }, worker)]);
  for (const line of signer
    .output()
    .split('\n')
    .filter((text) => text.includes('_UNAVAILABLE'))
    .slice(0, 5)) {
    console.log(line);
  }
  return report(samples, outcomes);
}

function routes(): Route[] {
  return [
    route('/caller', { aws_assume_role_arn: ORDERS_CALLER_ROLE }),
    route('/role', { credential_source: 'workload', aws_assume_role_arn: REPORTS_WORKLOAD_ROLE }),
    route('/broken', { aws_regoin: 'x' }),
    route('/', {}),
  ];
}

function route(prefix: string, more: object): Route {
  const config = { aws_region: 'us-east-1', aws_service: 'execute-api', override_target_host: HOST, ...more };
  return {
    ...{ name: prefix, match: { prefix }, route: { cluster: 'aws-execute-api' } },
    metadata: { filter_metadata: { 'aws-request-signing': config } },
  };
}

function nextRequest(tokens: readonly string[]): { name: string; request: ClientRequest; expected: number } {
  const chance = Math.random();
  const body = 'x'.repeat(Math.floor(Math.random() ** 4 * 200_000));
  if (chance < 0.3) {
    const token = tokens[Math.floor(Math.random() * tokens.length)];
    return {
      ...{ name: 'caller', expected: 200 },
      request: { path: '/caller', headers: [['Authorization', `Bearer ${token}`]] },
    };
  }
  if (chance < 0.35) return { name: 'no token', request: { path: '/caller' }, expected: 401 };
  if (chance < 0.4) return { name: 'broken config', request: { path: '/broken' }, expected: 500 };
  if (chance < 0.7) return { name: 'body', request: { method: 'POST', path: '/role', body }, expected: 200 };
  return { name: 'workload', request: {}, expected: 200 };
}

/** Of a process and its children: resident memory and open files. */
function sampleOf(pid: number): Sample {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children.map(Number)].reduce(
    (sum, id) => {
      const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1];
      return { mib: sum.mib + Number(resident) / 1024, files: sum.files + readdirSync(`/proc/${id}/fd`).length };
    },
    { mib: 0, files: 0 },
  );
}

/** Prints what was seen. @returns the exit code */
function report(samples: readonly Sample[], outcomes: ReadonlyMap<string, number>): number {
  for (const [what, count] of [...outcomes].sort()) console.log(`${String(count).padStart(9)}  ${what}`);
  const part = Math.max(1, Math.floor(samples.length * PART));
  const early = samples.slice(part, 2 * part);
  const late = samples.slice(-part);
  const growth = {
    mib: median(late, 'mib') - median(early, 'mib'),
    files: median(late, 'files') - median(early, 'files'),
  };
  for (const name of ['mib', 'files'] as const) {
    const [first, last] = [median(early, name), median(late, name)].map((value) => value.toFixed(0));
    console.log(
      `${name}: ${first} early, ${last} late, at most ${Math.max(...samples.map((s) => s[name])).toFixed(0)}`,
    );
  }
  const isFlat = growth.mib < MOST_GROWTH.mib && growth.files < MOST_GROWTH.files;
  const asExpected = ![...outcomes.keys()].some((key) => key.includes('UNEXPECTED'));
  console.log(isFlat && asExpected ? 'flat' : 'NOT flat, or not as expected');
  return isFlat && asExpected ? 0 : 1;
}

function median(samples: readonly Sample[], name: keyof Sample): number {
  const sorted = samples.map((sample) => sample[name]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
