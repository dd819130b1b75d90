import { cpus, loadavg, release, totalmem } from 'node:os';
import { DEFAULT_ENVOY_VERSION, ensureEnvoy } from '../../scripts/tools.ts';
import { run } from '../../scripts/venv.ts';

/** Where figures come from; names no host. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  envoy: string;
  go?: string;
  /** Processes that wanted a core before the bench began, over the last minute. */
  loadBefore: number;
}

export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  const envoy = await run(await ensureEnvoy(), ['--version']);
  const go = await run('go', ['version']);
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release().split('-')[0] ?? '',
    node: process.version,
    envoy: /\/(\d+\.\d+\.\d+)/.exec(envoy.output)?.[1] ?? DEFAULT_ENVOY_VERSION,
    ...(go.ok && { go: /go(\d[\d.]*)/.exec(go.output)?.[1] ?? 'unknown' }),
    loadBefore: loadavg()[0] ?? 0,
  };
}
