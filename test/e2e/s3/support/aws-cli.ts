import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ensurePythonTools } from '../../../../scripts/tools.ts';
import { isolatedEnvironment } from '../../moto/support/environment.ts';
import { REGION } from './versitygw.ts';
import { WRONG_KEYS } from './world.ts';

const TIMEOUT_MS = 60_000;

export interface AwsCli {
  /**
   * Runs `aws …` to its end.
   * @returns what it printed
   * @throws Error with what it wrote to stderr, when it fails
   */
  aws: (...args: string[]) => Promise<string>;
  close: () => void;
}

/** The AWS CLI with keys of nobody, its S3 endpoint set to an entrance of the gateway. */
export async function awsCli(endpoint: string, caFile: string): Promise<AwsCli> {
  const { venv } = await ensurePythonTools();
  const folder = mkdtempSync(join(tmpdir(), 'aws-cli-'));
  const config = join(folder, 'config');
  const s3 = ['addressing_style = path', 'signature_version = s3v4', 'preferred_transfer_client = classic'];
  writeFileSync(config, `[default]\nregion = ${REGION}\ns3 =\n${s3.map((line) => `  ${line}\n`).join('')}`);
  const env = {
    ...isolatedEnvironment(),
    ...{ AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL_S3: endpoint, AWS_CA_BUNDLE: caFile, AWS_MAX_ATTEMPTS: '1' },
    ...{ AWS_ACCESS_KEY_ID: WRONG_KEYS[0], AWS_SECRET_ACCESS_KEY: WRONG_KEYS[1], NO_PROXY: 'localhost' },
  };
  const python = join(venv, 'bin', 'python');
  return {
    aws: async (...args) => {
      const child = spawn(python, ['-m', 'awscli', ...args], {
        ...{ env, cwd: folder, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' as const },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
      const [printed, problems, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      if (code !== 0) throw new Error(`aws ${args.slice(0, 2).join(' ')} failed\n${problems}${printed}`);
      return printed;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
