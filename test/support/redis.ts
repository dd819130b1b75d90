import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, RESP_TYPES } from '@redis/client';
import { type Child, startChild } from './child.ts';

const START_TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;

const binary = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

/** Why tests that need a real server skip, if they do. */
export const REDIS_ABSENT =
  binary === undefined
    ? 'neither redis-server nor valkey-server is on the PATH: apt-get install redis-server'
    : undefined;
if (REDIS_ABSENT) console.warn(`SKIPPED: tests of the shared cache: ${REDIS_ABSENT}`);

export interface RedisOptions {
  /** `unix` (default): a socket in a folder of its own; `tcp`, `tls`: a port that was free, on 127.0.0.1. */
  transport?: 'unix' | 'tcp' | 'tls';
  /** PEM, for `tls`. */
  certificate?: { key: string; cert: string };
  /** More directives, such as `['--user', 'name on >password …']`. */
  args?: readonly string[];
}

export interface Redis {
  /** For a client, without user and password. */
  url: string;
  pid: number;
  /** Every key with what it holds, as bytes of latin1. */
  dump: () => Promise<Map<string, string>>;
  /** Runs one command, its answer's strings as bytes. */
  command: (...args: (string | Buffer)[]) => Promise<unknown>;
  /** Ends the server, its data with it; its address stays. */
  stop: () => Promise<void>;
  /** After `stop`: starts anew on the same address. */
  start: () => Promise<void>;
  /** Freezes and thaws the process: connections stay open, nothing answers. */
  freeze: () => void;
  thaw: () => void;
  close: () => Promise<void>;
}

/**
 * Runs a real redis-server (or valkey-server) that keeps nothing on disk.
 * @throws Error with its output when it does not start
 */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const { transport = 'unix' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  let child: Child | undefined;
  let port = 0;
  const start = async () => {
    for (let attempt = 1; child === undefined; attempt++) {
      if (transport !== 'unix' && port === 0) port = await freePort();
      try {
        child = await launch(folder, port, options);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        port = 0;
      }
    }
  };
  const stop = async () => {
    await child?.kill();
    child = undefined;
  };
  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const url =
    transport === 'unix'
      ? `unix:${join(folder, 'redis.sock')}`
      : `${transport === 'tls' ? 'rediss' : 'redis'}://localhost:${port}`;
  const socket = join(folder, 'admin.sock');
  const command = async (...args: (string | Buffer)[]) => {
    const client = createClient({
      RESP: 2,
      socket: {
        path: transport === 'unix' ? join(folder, 'redis.sock') : socket,
        tls: false,
        reconnectStrategy: false,
      },
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  };
  return {
    url,
    get pid() {
      return child?.pid ?? 0;
    },
    command,
    dump: () => dump(command),
    stop,
    start,
    freeze: () => void process.kill(child?.pid ?? 0, 'SIGSTOP'),
    thaw: () => void process.kill(child?.pid ?? 0, 'SIGCONT'),
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, port: number, { transport = 'unix', certificate, args = [] }: RedisOptions) {
  if (binary === undefined) throw new Error(REDIS_ABSENT);
  const child = await startChild(binary, [
    ...['--save', '', '--appendonly', 'no', '--dir', folder, '--bind', '127.0.0.1', '--enable-debug-command', 'local'],
    ...['--unixsocket', join(folder, transport === 'unix' ? 'redis.sock' : 'admin.sock')],
    ...['--port', transport === 'tcp' ? String(port) : '0'],
    ...(transport === 'tls' ? tlsDirectives(folder, port, certificate) : []),
    ...args,
  ]);
  try {
    await ready(child);
    return child;
  } catch (error) {
    await child.kill();
    throw new Error(`${binary} did not start: ${error instanceof Error ? error.message : error}\n${child.output()}`);
  }
}

function ready(child: Child): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it did not become ready')), START_TIMEOUT_MS);
    child.onLine((line) => {
      if (!/ready to accept connections/i.test(line)) return;
      clearTimeout(timer);
      resolve();
    });
    child.exited.then(() => {
      clearTimeout(timer);
      reject(new Error('it ended'));
    });
  });
}

function tlsDirectives(folder: string, port: number, certificate: RedisOptions['certificate']): string[] {
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  writeFileSync(files.key, certificate?.key ?? '', { mode: 0o600 });
  writeFileSync(files.cert, certificate?.cert ?? '');
  return [
    ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-key-file', files.key, '--tls-cert-file', files.cert, '--tls-ca-cert-file', files.cert],
  ];
}

async function dump(command: Redis['command']): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  for (const key of (await command('KEYS', '*')) as Buffer[]) {
    entries.set(key.toString('latin1'), ((await command('GET', key)) as Buffer).toString('latin1'));
  }
  return entries;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
