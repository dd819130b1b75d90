import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensurePythonTools } from '../../../../scripts/tools.ts';
import { isolatedEnvironment } from './environment.ts';
import { REGION, type Service } from './gateway.ts';

const TIMEOUT_MS = 40_000;
const script = join(import.meta.dirname, '..', 'clients.py');

/** Keys of nobody, a session token among them: all that a client behind the gateway has. */
export const WRONG_KEYS = ['AKIANOBODYKNOWSTHIS0', 'not-the-secret-of-anybody', 'not-a-token'] as const;

export interface ClientRun {
  /** `work` does each service's whole round; `probe` one read and one write, each for itself. */
  run: 'work' | 'probe';
  /** Prefix of what is made. */
  name: string;
  endpoints: Partial<Record<Service, string>>;
  /** Access key id, secret and session token; null for a client that does not sign. Default: WRONG_KEYS. */
  keys?: readonly [string, string, string | null] | null;
}

/**
 * Runs clients.py.
 * @returns what it printed, by service
 * @throws Error with its traceback
 */
export async function runClients(run: ClientRun): Promise<Record<string, unknown>> {
  const { python } = await ensurePythonTools();
  const child = spawn(python, [script], { env: isolatedEnvironment(), timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  let printed = '';
  let problems = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(JSON.stringify({ region: REGION, keys: WRONG_KEYS, ...run }));
  if ((await code) !== 0) throw new Error(`clients.py failed\n${problems}`);
  return JSON.parse(printed) as Record<string, unknown>;
}
