import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ensurePythonTools } from '../../../../scripts/tools.ts';
import { isolatedEnvironment } from '../../moto/support/environment.ts';
import { REGION } from './versitygw.ts';
import { WRONG_KEYS } from './world.ts';

const TIMEOUT_MS = 120_000;
const script = join(import.meta.dirname, '..', 'boto3_work.py');

/** The names of its methods. */
export type Check =
  | ('bodies' | 'encoding' | 'keys' | 'listing' | 'ranges' | 'metadata' | 'multipart' | 'presigned' | 'checksums')
  | ('stored_checksums' | 'probe');

export interface Boto3Run {
  endpoint: string;
  /** Made by the run, unless `create` is false. */
  bucket: string;
  create?: boolean;
  checks: readonly Check[];
  /** Bytes of the bodies that are put. */
  sizes: readonly number[];
  /** Of multipart uploads, 5 MiB at least. */
  part_bytes: number;
  /** Whether the client sends checksums of its own, as SDKs do by default. */
  client_checksums: boolean;
}

/**
 * Runs boto3_work.py with keys of nobody.
 * @returns what it printed: for each run the results by check
 * @throws Error with its traceback
 */
export async function runBoto3(
  runs: readonly Boto3Run[],
  ca: string,
  keys: readonly [string, string] = WRONG_KEYS,
): Promise<Record<Check, unknown>[]> {
  const { python } = await ensurePythonTools();
  const env = { ...isolatedEnvironment(), NO_PROXY: 'localhost' };
  const child = spawn(python, [script], { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin.end(JSON.stringify({ region: REGION, ca, keys, runs }));
  const [printed, problems, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`boto3_work.py failed\n${problems}`);
  return JSON.parse(printed) as Record<Check, unknown>[];
}
