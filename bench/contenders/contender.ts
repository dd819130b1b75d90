import { type Envoy, startEnvoy } from '../../test/support/envoy.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { benchConfig, CHECK_HEADER, CHECK_PATH, type GatewayOptions, type ListenerName } from './envoy-configs.ts';
import type { RunningServer } from './servers.ts';

/** One way to have requests signed, or not, with an Envoy of its own. */
export interface Contender {
  name: string;
  /** Absent where Envoy does all itself. */
  server?: RunningServer;
  envoy: Envoy;
  portOf(listener: ListenerName): number;
  close(): Promise<void>;
}

export interface ContenderOptions {
  name: string;
  gateway: Omit<GatewayOptions, 'server'>;
  /** Undefined where a tool for it is missing. */
  server?: () => Promise<RunningServer | undefined>;
  /** Default 1. */
  envoyThreads?: number;
  /** Whether its Envoy is to run as on another machine: {@link ELSEWHERE}. */
  elsewhere?: boolean;
}

/** @returns undefined where its server cannot be had on this machine */
export async function startContender(options: ContenderOptions): Promise<Contender | undefined> {
  const { name, gateway, envoyThreads = 1, elsewhere = false } = options;
  const server = await options.server?.();
  if (options.server !== undefined && server === undefined) return undefined;
  try {
    const config = benchConfig({ ...gateway, ...(server && { server: server.address }) });
    const launcher = elsewhere ? ELSEWHERE : [];
    const envoy = await startEnvoy({ config, logLevel: 'warning', concurrency: envoyThreads, launcher });
    return {
      name,
      envoy,
      ...(server && { server }),
      portOf(listener) {
        const port = envoy.listenerPorts.get(listener);
        if (port === undefined) throw new Error(`${name} has no listener ${listener}`);
        return port;
      },
      close: async () => {
        await envoy.close();
        await server?.close();
      },
    };
  } catch (error) {
    await server?.close();
    throw error;
  }
}

/** @throws Error where its server cannot be had on this machine */
export async function requireContender(options: ContenderOptions): Promise<Contender> {
  const contender = await startContender(options);
  if (contender === undefined) throw new Error(`${options.name} cannot be started`);
  return contender;
}

/** What a request's authorization is once a contender has let it through: undefined where there is none. */
export async function authorizationBehind(contender: Contender, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${contender.portOf('gateway')}${CHECK_PATH}`, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${contender.name} answers ${response.status}: ${text}`);
  return response.headers.get(CHECK_HEADER) ?? undefined;
}
