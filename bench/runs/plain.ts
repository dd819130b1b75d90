import { authorizationBehind, type Contender, type ContenderOptions, startContender } from '../contenders/contender.ts';
import { startGosign, startNoop, startOurs, startOursOnSocket } from '../contenders/servers.ts';
import type { WorkloadResult } from '../report/results.ts';
import { requestBytes } from '../request-bytes.ts';
import { measure, type RoundSettings, type Workload } from './rounds.ts';

const EXT_PROC = { filter: 'ext_proc' } as const;

/** All who answer requests that are signed with the same keys, in the order of the tables. */
const CONTENDERS: Record<string, ContenderOptions> = {
  envoy: { name: 'envoy', gateway: { filter: 'none' } },
  'envoy-aws': { name: 'envoy-aws', gateway: { filter: 'aws_request_signing' } },
  gosign: { name: 'gosign', gateway: EXT_PROC, server: startGosign },
  // Its config is compiled in: an Envoy that tells it the route's costs both of them more than they need.
  'gosign-bare': { name: 'gosign-bare', gateway: { ...EXT_PROC, sendsRouteConfig: false }, server: startGosign },
  // Beside this service, which they are compared to.
  noop: { name: 'noop', gateway: EXT_PROC, server: () => startNoop() },
  'noop-sha256': { name: 'noop-sha256', gateway: EXT_PROC, server: () => startNoop('--hash') },
  'ours-tcp': { name: 'ours-tcp', gateway: EXT_PROC, server: () => startOurs() },
  'ours-unix': { name: 'ours-unix', gateway: EXT_PROC, server: () => startOursOnSocket() },
};

export const CONTENDER_NAMES = Object.keys(CONTENDERS);

const SIGNERS = ['envoy', 'envoy-aws', 'gosign', 'ours-tcp', 'ours-unix'];
const KIB = 1024;

interface PlainWorkload {
  workload: Workload;
  contenders: readonly string[];
}

/** Requests whose identity is the workload's own. */
export const PLAIN_WORKLOADS: readonly PlainWorkload[] = [
  {
    workload: {
      name: 'headers',
      title: 'Header-only requests',
      listener: 'gateway',
      connections: 32,
      warmRequests: 10_000,
      requests: () => always({ path: '/prod/orders?page=2', headers: { accept: 'application/json' } }),
    },
    contenders: [...SIGNERS, 'gosign-bare', 'noop'],
  },
  bodies('body-1k', 'Signed bodies of 1 KiB', { size: KIB, connections: 32, warmRequests: 10_000 }),
  bodies('body-64k', 'Signed bodies of 64 KiB', { size: 64 * KIB, connections: 16, warmRequests: 2_000 }),
  bodies('body-1m', 'Signed bodies of 1 MiB', { size: KIB * KIB, connections: 8, warmRequests: 500 }),
];

interface BodySettings {
  size: number;
  connections: number;
  warmRequests: number;
}

function bodies(name: string, title: string, { size, ...load }: BodySettings): PlainWorkload {
  const body = Buffer.alloc(size, 'x');
  return {
    workload: {
      name,
      title,
      listener: 'bodies',
      ...load,
      requests: () => always({ path: '/prod/orders', headers: { 'content-type': 'application/json' }, body }),
    },
    contenders: [...SIGNERS, 'noop-sha256'],
  };
}

function always(shape: Parameters<typeof requestBytes>[0]) {
  const request = requestBytes(shape);
  return () => request;
}

export interface PlainSelection {
  workloads: readonly string[];
  contenders: readonly string[];
}

/**
 * Measures the chosen workloads, each contender running throughout.
 * @param onMissing told of contenders that cannot be had here
 */
export async function measurePlain(
  { workloads, contenders }: PlainSelection,
  settings: RoundSettings,
  onMissing: (name: string) => void,
): Promise<WorkloadResult[]> {
  const chosen = PLAIN_WORKLOADS.filter(({ workload }) => workloads.includes(workload.name));
  const wanted = CONTENDER_NAMES.filter(
    (name) => contenders.includes(name) && chosen.some((entry) => entry.contenders.includes(name)),
  );
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  for (const name of wanted) {
    const options = CONTENDERS[name];
    const contender = options && (await startContender(options));
    if (contender === undefined) {
      onMissing(name);
      continue;
    }
    stack.defer(contender.close);
    await requireSigned(contender);
    running.push(contender);
  }
  const results: WorkloadResult[] = [];
  for (const { workload, contenders: names } of chosen) {
    settings.log(`${workload.title} …`);
    const taking = running.filter(({ name }) => names.includes(name));
    results.push(await measure(workload, taking, settings));
  }
  return results;
}

/** A server that only seems to sign would win. */
async function requireSigned(contender: Contender): Promise<void> {
  const signs = contender.name !== 'envoy' && !contender.name.startsWith('noop');
  const authorization = await authorizationBehind(contender);
  const signed = authorization?.startsWith('AWS4-HMAC-SHA256 Credential=') ?? false;
  if (signed !== signs) throw new Error(`${contender.name}: authorization is ${authorization ?? 'absent'}`);
}
