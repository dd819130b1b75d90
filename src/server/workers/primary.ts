import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerConfig } from '../../config/index.ts';
import { openAdminGuard } from '../admin-guard.ts';
import { listenAdmin } from '../app.ts';
import type { ListenAddress } from '../listen-address.ts';
import type { Logger } from '../log.ts';
import { untilStopped } from '../signals.ts';
import { requireProtected } from '../transport/exposure.ts';
import { openListener } from '../transport/listener.ts';
import { createPoolAdmin } from './pool-admin.ts';
import { WorkerPool } from './worker-pool.ts';

export interface PrimaryOptions {
  config: ServerConfig;
  listen: ListenAddress;
  admin: ListenAddress;
  /** Resolves when the service is to end. */
  stopped: Promise<NodeJS.Signals>;
  log: Logger;
}

/** Owns the ports, hands connections to workers, and passes on what signals say. */
export async function runPrimary({ config, listen, admin, stopped, log }: PrimaryOptions): Promise<void> {
  requireProtected(listen, config);
  const folder = await mkdtemp(join(tmpdir(), 'sigv4-extproc-'));
  const { limits, workers: count, shutdown } = config;
  const pool = new WorkerPool({ count, mostConnections: limits.connections, folder, log });
  try {
    await pool.started();
    const adminServer = createPoolAdmin(pool);
    const guard = await openAdminGuard(adminServer, admin, config.adminTokenFile, log);
    const adminAddress = await listenAdmin(adminServer, admin);
    const listener = await openListener({
      listen,
      socketMode: config.socketMode,
      maxConnections: limits.connections,
      pauseOnConnect: true,
      onConnection: (socket) => pool.assign(socket),
    });
    process.on('SIGHUP', () => pool.tellAll({ type: 'reload' }));
    log.info({ listen: listener.address, admin: adminAddress, workers: count }, 'ready');

    await untilStopped(stopped, log);
    pool.turnAway();
    await delay(shutdown.delayMs);
    listener.close();
    await pool.stop(shutdown.graceMs);
    guard.close();
    adminServer.close();
    adminServer.closeAllConnections();
    log.info('stopped');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
