import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createAdminServer } from '../admin/index.ts';
import type { ServerConfig } from '../config/index.ts';
import { openAdminGuard } from './admin-guard.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import type { Logger } from './log.ts';
import { Service } from './service.ts';
import { removeStaleSocket } from './stale-socket.ts';
import { requireProtected } from './transport/exposure.ts';
import { type Listener, openListener } from './transport/listener.ts';

export interface AppOptions {
  config: ServerConfig;
  listen: ListenAddress;
  admin: ListenAddress;
  log: Logger;
}

/** The running service. */
export interface App {
  readonly service: Service;
  /** As bound, with the ports that the kernel gave. */
  readonly listen: string;
  readonly admin: string;
  /** Turns new requests away, gives those under way some time, and closes both ports. */
  stop(graceMs: number, delayMs?: number): Promise<void>;
}

/** Wires the rooms together and opens both ports, in one process. */
export async function startApp({ config, listen, admin, log }: AppOptions): Promise<App> {
  requireProtected(listen, config);
  const service = await Service.start({ config, listen, log });
  const adminServer = createAdminServer({
    registry: service.metrics.registry,
    isReady: () => service.isReady,
    page: service.page(() => listener?.address ?? formatListenAddress(listen)),
  });
  let listener: Listener | undefined;
  let adminAddress: string;
  try {
    const guard = await openAdminGuard(adminServer, admin, config.adminTokenFile, log);
    adminServer.once('close', guard.close);
    adminAddress = await listenAdmin(adminServer, admin);
    const { socketMode, limits } = config;
    const onConnection = (socket: Socket) => service.accept(socket);
    listener = await openListener({ listen, socketMode, maxConnections: limits.connections, onConnection });
  } catch (error) {
    adminServer.close();
    await service.finish(0);
    throw error;
  }
  return {
    service,
    listen: listener.address,
    admin: adminAddress,
    async stop(graceMs, delayMs = 0) {
      service.turnAway();
      await delay(delayMs);
      listener.close();
      await service.finish(graceMs);
      adminServer.close();
      adminServer.closeAllConnections();
    },
  };
}

export async function listenAdmin(server: Server, address: ListenAddress): Promise<string> {
  if (address.kind === 'unix') {
    await removeStaleSocket(address.path);
    server.listen(address.path);
  } else server.listen(address.port, address.host);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo | string;
  return formatListenAddress(address, typeof bound === 'string' ? undefined : bound.port);
}
