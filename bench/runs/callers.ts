import { setTimeout as delay } from 'node:timers/promises';
import { anyCaller, CALLER_ROUTE, eachCaller } from '../contenders/callers.ts';
import { type Contender, type ContenderOptions, requireContender } from '../contenders/contender.ts';
import { borrowed, startOurs } from '../contenders/servers.ts';
import type { BenchSts } from '../contenders/sts.ts';
import { goodAndBad, type NextRequest, runLoad } from '../load.ts';
import type { WorkloadResult } from '../report/results.ts';
import { measure, type RoundSettings } from './rounds.ts';

const FILLING_CONNECTIONS = 64;
const FILLING_SECONDS = 900;
const FILLING_ATTEMPTS = 3;
const AFTER_REFUSALS_MS = 3_000;

/** The contender that has so many callers in its cache. */
export function callersName(count: number): string {
  return `callers-${count}`;
}

/** Callers with tokens of their own, all of them in the cache: what it costs to find one among so many. */
export async function measureCallers(
  counts: readonly number[],
  sts: BenchSts,
  settings: RoundSettings,
): Promise<WorkloadResult> {
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  const requests = new Map<Contender, () => NextRequest>();
  for (const count of counts) {
    settings.log(`${count} callers get their credentials …`);
    const contender = await startForCallers(callersName(count), sts);
    stack.defer(contender.close);
    await fill(contender, count, 'cached');
    running.push(contender);
    requests.set(contender, () => anyCaller(count, 'cached'));
  }
  const workload = {
    name: 'callers',
    title: 'Callers in the cache',
    listener: 'gateway',
    connections: 32,
    warmRequests: 10_000,
    requests: (contender: Contender) => requests.get(contender)?.() ?? anyCaller(1, 'cached'),
  } as const;
  return await measure(workload, running, settings);
}

/** For requests that are to wait long for STS: how many may, and for how long. */
export interface Patience {
  streams: number;
  seconds: number;
}

export function startForCallers(name: string, sts: BenchSts, patience?: Patience): Promise<Contender> {
  const config = patience && { config: `sts_timeout: ${patience.seconds}\n` };
  return requireContender({
    name,
    gateway: callersGateway(patience),
    server: () =>
      startOurs({
        env: { AWS_ENDPOINT_URL_STS: sts.url },
        ...config,
      }),
  });
}

/** Another Envoy, as on another machine, that asks the same server. */
export function startBeside({ server }: Contender, name: string, patience: Patience): Promise<Contender> {
  if (server === undefined) throw new Error(`${name} needs a server`);
  const gateway = callersGateway(patience);
  return requireContender({ name, gateway, server: async () => borrowed(server), elsewhere: true });
}

function callersGateway(patience: Patience | undefined): ContenderOptions['gateway'] {
  return {
    filter: 'ext_proc',
    route: CALLER_ROUTE,
    ...(patience && { patience: { streams: patience.streams, timeout: `${patience.seconds + 5}s` } }),
  };
}

/**
 * Sends one request of each caller, so that all are in the cache; again where some were refused, as when a busy machine
 * keeps STS's answers waiting.
 * @throws Error when a caller gets no credentials even so
 */
export async function fill(contender: Contender, callers: number, crowd: string): Promise<void> {
  let refused = callers;
  for (let attempt = 0; attempt < FILLING_ATTEMPTS && refused > 0; attempt++) {
    const result = await runLoad({
      port: contender.portOf('gateway'),
      connections: Math.min(FILLING_CONNECTIONS, callers),
      seconds: FILLING_SECONDS,
      next: eachCaller(callers, crowd),
    });
    refused = callers - goodAndBad(result).good;
    // Refusals are remembered for a while.
    if (refused > 0) await delay(AFTER_REFUSALS_MS);
  }
  if (refused > 0) throw new Error(`${contender.name}: ${refused} of ${callers} callers got no credentials`);
}
