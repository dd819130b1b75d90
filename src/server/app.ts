import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdminServer, Metrics } from '../admin/index.ts';
import { RouteConfigResolver, type ServerConfig } from '../config/index.ts';
import { Clock } from '../credentials/index.ts';
import { Allowance, type RequestObserver, type RequestReport, Signer } from '../signer/index.ts';
import { type GrpcServer, startGrpcServer } from './grpc-server.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import type { Logger } from './log.ts';
import { openCredentials } from './open-credentials.ts';
import { removeStaleSocket } from './stale-socket.ts';

export interface AppOptions {
  config: ServerConfig;
  listen: ListenAddress;
  admin: ListenAddress;
  log: Logger;
}

/** The running service. */
export interface App {
  /** As bound, with the ports that the kernel gave. */
  readonly listen: string;
  readonly admin: string;
  /** Turns new requests away, gives those under way some time, and closes both ports. */
  stop(graceMs: number): Promise<void>;
}

/** What the rest of an answer may take when STS has taken all of its time. */
const ANSWER_MS = 1_000;

/** Wires the rooms together and opens both ports. */
export async function startApp({ config, listen, admin, log }: AppOptions): Promise<App> {
  const clock = new Clock();
  const metrics = new Metrics({
    cachedIdentities: () => credentials.source.size,
    clockOffsetMs: () => clock.offsetMs,
  });
  const credentials = await openCredentials(config, clock, metrics, log);
  const signer = new Signer({
    resolver: new RouteConfigResolver(config),
    credentials: credentials.source,
    allowance: new Allowance(config.allow),
    now: () => new Date(clock.now()),
    observer: metrics,
  });

  let ready = false;
  const adminServer = createAdminServer({ registry: metrics.registry, isReady: () => ready });
  const adminAddress = await listenAdmin(adminServer, admin);
  let grpc: GrpcServer;
  try {
    grpc = await startGrpcServer(listen, signer, observed(metrics, log), config.stsTimeoutMs + ANSWER_MS);
  } catch (error) {
    adminServer.close();
    throw error;
  }
  ready = true;

  return {
    listen: grpc.address,
    admin: adminAddress,
    async stop(graceMs) {
      ready = false;
      grpc.setServing(false);
      await grpc.stop(graceMs);
      await credentials.close();
      adminServer.close();
      adminServer.closeAllConnections();
    },
  };
}

/** Metrics for each request, a log line for each that was refused. */
function observed(metrics: Metrics, log: Logger): RequestObserver {
  return {
    streamOpened: () => metrics.streamOpened(),
    streamClosed: () => metrics.streamClosed(),
    requestDone(report: RequestReport) {
      metrics.requestDone(report);
      if (report.outcome === 'signed' || report.outcome === 'aborted') return;
      const { outcome, code, service, routeName, requestId, error } = report;
      const about = { outcome, code, service, route: routeName, request_id: requestId, err: error };
      if (code === 'SIGV4_INTERNAL') log.error(about, 'request refused by a defect');
      else log.warn(about, outcome === 'passed' ? 'request passed unsigned' : 'request refused');
    },
  };
}

async function listenAdmin(server: Server, address: ListenAddress): Promise<string> {
  if (address.kind === 'unix') {
    await removeStaleSocket(address.path);
    server.listen(address.path);
  } else server.listen(address.port, address.host);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo | string;
  return formatListenAddress(address, typeof bound === 'string' ? undefined : bound.port);
}
