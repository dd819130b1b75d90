import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { ensureEnvoy } from '../../scripts/tools.ts';
import { type Child, type ChildOptions, startChild } from './child.ts';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
const LAST_LINES = 25;

export interface EnvoyOptions extends Pick<ChildOptions, 'launcher'> {
  /** A bootstrap configuration, as an object or as YAML. Its `admin` is replaced. */
  config: object | string;
  /** An exact Envoy version; without one as `ensureEnvoy` finds it. */
  version?: string;
  logLevel?: 'trace' | 'debug' | 'info' | 'warning' | 'error';
  /** Worker threads. Default 1. */
  concurrency?: number;
  /** `kernel` (default): each listener is bound to 127.0.0.1 and a free port; `configured`: as the configuration says. */
  ports?: 'kernel' | 'configured';
}

export interface Envoy {
  pid: number;
  adminPort: number;
  /** The bound port of each TCP listener, by the listener's name. */
  listenerPorts: Map<string, number>;
  /** Counters and gauges by name, those whose name matches the regular expression. */
  stats: (filter: string) => Promise<Map<string, number>>;
  /** All that Envoy has logged. */
  output: () => string;
  /** Ends the process and removes its files. Safe to call twice. */
  close: () => Promise<void>;
}

const anyPort = { address: '127.0.0.1', port_value: 0 };

const bootstrapShape = z.looseObject({
  static_resources: z
    .looseObject({
      listeners: z
        .array(z.looseObject({ address: z.looseObject({ socket_address: z.unknown().optional() }).optional() }))
        .optional(),
    })
    .optional(),
});
const listenersAnswer = z.object({
  listener_statuses: z
    .array(
      z.object({
        name: z.string(),
        local_address: z.object({ socket_address: z.object({ port_value: z.number() }).optional() }),
      }),
    )
    .default([]),
});
const statsAnswer = z.object({
  stats: z.array(z.object({ name: z.string().optional(), value: z.union([z.number(), z.string()]).optional() })),
});

/**
 * Runs a real Envoy on loopback until `close`, and resolves once it is ready to serve.
 * @throws Error that ends with Envoy's last log lines, when it refuses its configuration or does not become ready
 */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const binary = await ensureEnvoy(options.version === undefined ? {} : { version: options.version });
  const folder = mkdtempSync(join(tmpdir(), 'envoy-'));
  const configFile = join(folder, 'envoy.json');
  const addressFile = join(folder, 'admin-address');
  writeFileSync(configFile, JSON.stringify(bootstrap(options)));
  const args = [
    ...['-c', configFile, '--admin-address-path', addressFile, '--log-level', options.logLevel ?? 'info'],
    // Without the shared memory of hot restarts any number of Envoys can run side by side.
    ...['--disable-hot-restart', '--concurrency', String(options.concurrency ?? 1)],
  ];
  const child = await startChild(binary, args, { launcher: options.launcher ?? [] });
  const close = async () => {
    await child.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const adminPort = await ready(child, addressFile);
    return {
      pid: child.pid,
      adminPort,
      listenerPorts: await boundPorts(adminPort),
      stats: (filter) => readStats(adminPort, filter),
      output: child.output,
      close,
    };
  } catch (error) {
    await close();
    const reason = error instanceof Error ? error.message : String(error);
    const log = child.output().trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    throw new Error(`Envoy did not start: ${reason}\n${log}`);
  }
}

function bootstrap(options: EnvoyOptions): object {
  const source: unknown = typeof options.config === 'string' ? parse(options.config) : options.config;
  const config = bootstrapShape.parse(source);
  if (options.ports !== 'configured') {
    for (const { address } of config.static_resources?.listeners ?? []) {
      if (address?.socket_address !== undefined) address.socket_address = anyPort;
    }
  }
  return { ...config, admin: { address: { socket_address: anyPort } } };
}

async function ready(child: Child, addressFile: string): Promise<number> {
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (ended) throw new Error('the process ended');
    const port = adminPortIn(addressFile);
    if (port !== undefined && (await isLive(port))) return port;
    await delay(POLL_MS);
  }
  throw new Error(`not ready after ${START_TIMEOUT_MS / 1000} s`);
}

function adminPortIn(addressFile: string): number | undefined {
  try {
    const port = Number(readFileSync(addressFile, 'utf8').split(':').at(-1));
    return port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}

async function isLive(adminPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${adminPort}/ready`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

async function boundPorts(adminPort: number): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/listeners?format=json`);
  const { listener_statuses } = listenersAnswer.parse(await response.json());
  const ports = new Map<string, number>();
  for (const { name, local_address } of listener_statuses) {
    if (local_address.socket_address) ports.set(name, local_address.socket_address.port_value);
  }
  return ports;
}

async function readStats(adminPort: number, filter: string): Promise<Map<string, number>> {
  const query = new URLSearchParams({ format: 'json', filter });
  const response = await fetch(`http://127.0.0.1:${adminPort}/stats?${query}`);
  const found = new Map<string, number>();
  for (const { name, value } of statsAnswer.parse(await response.json()).stats) {
    if (name !== undefined && typeof value === 'number') found.set(name, value);
  }
  return found;
}
