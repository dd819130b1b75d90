import { type Contender, startContender } from '../contenders/contender.ts';
import { hostOfRoute } from '../contenders/envoy-configs.ts';
import { startOurs } from '../contenders/servers.ts';
import { type NextRequest, runLoad } from '../load.ts';
import type { WorkloadResult } from '../report/results.ts';
import { requestBytes } from '../request-bytes.ts';
import { measure, type RoundSettings } from './rounds.ts';

/** Routes with a config of their own each, in use one after the other. All Envoys have as many, whatever is in use. */
export async function measureRoutes(counts: readonly number[], settings: RoundSettings): Promise<WorkloadResult> {
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  const requests = new Map<Contender, Buffer[]>();
  for (const count of counts) {
    const contender = await startContender({
      name: `routes-${count}`,
      gateway: { filter: 'ext_proc', routes: Math.max(...counts) },
      server: () => startOurs(),
    });
    if (contender === undefined) continue;
    stack.defer(contender.close);
    running.push(contender);
    const own = Array.from({ length: count }, (_, index) => requestTo(index));
    requests.set(contender, own);
    await runLoad({ port: contender.portOf('gateway'), connections: 32, seconds: 300, next: onceEach(own) });
  }
  settings.log('Routes …');
  const workload = {
    name: 'routes',
    title: 'Routes in use',
    listener: 'gateway',
    connections: 32,
    warmRequests: 10_000,
    requests: (contender: Contender) => inTurn(requests.get(contender) ?? []),
  } as const;
  return await measure(workload, running, settings);
}

function requestTo(route: number): Buffer {
  return requestBytes({
    path: '/prod/orders?page=2',
    headers: { host: hostOfRoute(route), accept: 'application/json' },
  });
}

/** So that every route's config is known before the first round. */
function onceEach(requests: readonly Buffer[]): NextRequest {
  let next = 0;
  return () => requests[next++];
}

function inTurn(requests: readonly Buffer[]): NextRequest {
  let next = 0;
  return () => requests[next++ % requests.length];
}
