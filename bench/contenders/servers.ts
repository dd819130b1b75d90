import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, type ChildOptions, startChild } from '../../test/support/child.ts';
import { NODE_FLAGS } from '../../test/support/node-flags.ts';
import { type SignerOptions, startSigner } from '../../test/support/signer-process.ts';
import { ensureGosign } from './gosign.ts';

const START_TIMEOUT_MS = 15_000;

/** A running ext_proc server. */
export interface RunningServer {
  pid: number;
  /** A port on 127.0.0.1, or the path of a unix socket. */
  address: number | string;
  /** From its start to the line that says that it is ready, in milliseconds. */
  readyMs: number;
  /** Of this service's /healthz and /metrics. */
  adminPort?: number;
  close(): Promise<void>;
}

/** The same server, whose end is up to another. */
export function borrowed(server: RunningServer): RunningServer {
  return { ...server, close: async () => undefined };
}

/** What all signers sign with; the session token is as long as gosign's. */
export const STATIC_CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'tok'.repeat(100),
};

/** This service, as users start it. */
export async function startOurs(options: SignerOptions = {}): Promise<RunningServer> {
  const { accessKeyId, secretAccessKey, sessionToken } = STATIC_CREDENTIALS;
  const started = performance.now();
  const signer = await startSigner({
    ...options,
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      SIGV4_EXTPROC_LOG_LEVEL: 'info',
      ...options.env,
    },
  });
  return {
    pid: signer.pid,
    address: signer.listen.startsWith('unix:') ? signer.listen.slice('unix:'.length) : signer.listenPort,
    readyMs: performance.now() - started,
    adminPort: signer.adminPort,
    close: async () => void (await signer.close()),
  };
}

/** The same on a unix socket. */
export async function startOursOnSocket(options: SignerOptions = {}): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const server = await startOurs({ ...options, listen: `unix:${join(folder, 'signer.sock')}` });
  return {
    ...server,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server on grpc-js, under this service's own Node flags, that does nothing but what the flags of noop-server.ts say. */
export function startNoop(...flags: ('--hash' | '--echo')[]): Promise<RunningServer> {
  const script = join(import.meta.dirname, 'noop-server.ts');
  return startPlain(process.execPath, [...NODE_FLAGS, script, ...flags]);
}

/** @returns undefined where there is no Go to build it */
export async function startGosign(): Promise<RunningServer | undefined> {
  const binary = await ensureGosign();
  return binary === undefined ? undefined : startPlain(binary, ['127.0.0.1:0']);
}

/** A server whose first line of output is its address. */
export async function startPlain(
  command: string,
  args: readonly string[],
  options?: Pick<ChildOptions, 'launcher'>,
): Promise<RunningServer> {
  const started = performance.now();
  const child = await startChild(command, args, options);
  try {
    const line = await firstLine(child);
    const address = Number(line.slice(line.lastIndexOf(':') + 1));
    if (!(address > 0)) throw new Error(`no address: ${line}`);
    const readyMs = performance.now() - started;
    return { pid: child.pid, address, readyMs, close: async () => void (await child.close()) };
  } catch (error) {
    await child.kill();
    throw new Error(`${command} did not start: ${error instanceof Error ? error.message : error}\n${child.output()}`);
  }
}

function firstLine(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it says nothing')), START_TIMEOUT_MS);
    child.onLine((line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.exited.then(() => {
      clearTimeout(timer);
      reject(new Error('it ended'));
    });
  });
}
