import { type Contender, startContender } from '../contenders/contender.ts';
import { startNoop, startOurs, startOursOnSocket } from '../contenders/servers.ts';
import type { WorkloadResult } from '../report/results.ts';
import { requestBytes } from '../request-bytes.ts';
import { measure, type RoundSettings } from './rounds.ts';

const UPLOAD_BYTES = 64 * 1024 * 1024;

/** Uploads that pass through the server, framed and signed chunk by chunk; the no-op only hands them on. */
export async function measureUploads(
  seconds: number,
  contenders: readonly string[],
  settings: RoundSettings,
): Promise<WorkloadResult> {
  const body = Buffer.alloc(UPLOAD_BYTES, 'x');
  const request = requestBytes({ method: 'PUT', path: '/uploads/64-mib', headers: { host: 'bucket' }, body });
  const gateway = { filter: 'ext_proc' } as const;
  const servers = {
    'noop-echo': () => startNoop('--echo'),
    'ours-tcp': () => startOurs(),
    'ours-unix': () => startOursOnSocket(),
  };
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  for (const [name, server] of Object.entries(servers)) {
    if (!contenders.includes(name)) continue;
    const contender = await startContender({ name, gateway, server });
    if (contender === undefined) continue;
    stack.defer(contender.close);
    running.push(contender);
  }
  settings.log('Uploads of 64 MiB …');
  const workload = {
    name: 'streaming',
    title: '`streaming` uploads of 64 MiB',
    listener: 'streaming',
    connections: 2,
    warmRequests: 4,
    requests: () => () => request,
  } as const;
  return await measure(workload, running, { ...settings, saturationSeconds: seconds, latencySeconds: 0 });
}
