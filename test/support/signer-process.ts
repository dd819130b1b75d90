import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Child, type ChildExit, startChild } from './child.ts';
import { NODE_FLAGS } from './node-flags.ts';

const START_TIMEOUT_MS = 15_000;
const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

export interface SignerOptions {
  /** Added to the environment, which holds none of this machine's AWS_* and SIGV4_* variables. */
  env?: Record<string, string>;
  /** The text of the server's file. */
  config?: string;
  /** More arguments to `serve`. */
  args?: readonly string[];
  /** The gRPC address. Default: a free port on 127.0.0.1. */
  listen?: string;
}

export interface SignerProcess {
  pid: number;
  /** The gRPC address as it is bound, `127.0.0.1:PORT`. */
  listen: string;
  listenPort: number;
  /** The address of the admin port, `127.0.0.1:PORT`. */
  admin: string;
  adminPort: number;
  /** All that the service has written. */
  output: () => string;
  exited: Promise<ChildExit>;
  /** SIGTERM; resolves to how the service ended. Safe to call twice. */
  close: () => Promise<ChildExit>;
  /** SIGKILL; resolves once it has ended. */
  kill: () => Promise<ChildExit>;
}

const readyLine = z.object({ msg: z.literal('ready'), listen: z.string(), admin: z.string() });

/**
 * Runs the built service (`dist/cli/main.js serve`) as a child process and resolves when it has logged that it is ready.
 * @throws Error that ends with the service's output, when it ends or says nothing for 15 s
 */
export async function startSigner(options: SignerOptions = {}): Promise<SignerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'signer-'));
  const args = [main, 'serve', '--listen', options.listen ?? '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  // What health checks have to see is of no matter to most tests.
  args.push('--shutdown-delay', '0');
  if (options.config !== undefined) {
    const file = join(folder, 'server.yaml');
    await writeFile(file, options.config);
    args.push('--config', file);
  }
  const child = await startChild(process.execPath, [...NODE_FLAGS, ...args, ...(options.args ?? [])], {
    env: { ...neutralEnvironment(), ...options.env },
    graceMs: 15_000,
  });
  child.exited.then(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const { listen, admin } = await ready(child);
    return { ...child, listen, listenPort: portOf(listen), admin, adminPort: portOf(admin) };
  } catch (error) {
    await child.kill();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the signer did not start: ${reason}\n${child.output().trimEnd()}`);
  }
}

function ready(child: Child): Promise<z.infer<typeof readyLine>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it did not log that it is ready')), START_TIMEOUT_MS);
    child.onLine((line) => {
      const parsed = readyLine.safeParse(parseJson(line));
      if (!parsed.success) return;
      clearTimeout(timer);
      resolve(parsed.data);
    });
    child.exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${signal ?? `code ${code}`}`));
    });
  });
}

// No credentials or endpoints of this machine, and no calls to the instance metadata service.
function neutralEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|SIGV4_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
