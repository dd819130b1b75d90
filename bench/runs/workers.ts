import { type Contender, startContender } from '../contenders/contender.ts';
import { startOurs } from '../contenders/servers.ts';
import type { WorkloadResult } from '../report/results.ts';
import { requestBytes } from '../request-bytes.ts';
import { measure, type RoundSettings } from './rounds.ts';

/**
 * This service with so many workers each. A worker serves the connections that it was given, and an Envoy opens one for
 * each of its own threads: theirs here have as many as there are workers. Where those, the load and the workers share
 * the cores, requests a second say who has the cores; what a worker costs beyond the first is in the CPU per request.
 */
export async function measureWorkers(counts: readonly number[], settings: RoundSettings): Promise<WorkloadResult> {
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  for (const count of counts) {
    const contender = await startContender({
      name: `workers-${count}`,
      gateway: { filter: 'ext_proc' },
      server: () => startOurs({ args: ['--workers', String(count)] }),
      envoyThreads: Math.max(...counts),
    });
    if (contender === undefined) continue;
    stack.defer(contender.close);
    running.push(contender);
  }
  settings.log('Workers …');
  const request = requestBytes({ path: '/prod/orders?page=2', headers: { accept: 'application/json' } });
  const workload = {
    name: 'workers',
    title: 'Worker processes',
    listener: 'gateway',
    connections: 32,
    warmRequests: 20_000,
    requests: () => () => request,
  } as const;
  return await measure(workload, running, settings);
}
