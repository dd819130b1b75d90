import cluster from 'node:cluster';
import type { Socket } from 'node:net';
import { AggregatorRegistry } from 'prom-client';
import { createAdminServer } from '../../admin/index.ts';
import { ServerFileError } from '../../config/index.ts';
import type { ListenAddress } from '../listen-address.ts';
import type { Logger } from '../log.ts';
import { watchServerFile } from '../reload.ts';
import type { RunOptions } from '../run.ts';
import { Service } from '../service.ts';
import { isOurs, type News, ORDERS, type Order, WORKER_ADMIN_ENV } from './messages.ts';

/** Serves the connections that the primary hands over, until it says to stop or is gone. */
export async function runWorker({
  config,
  file,
  listen,
  log: parentLog,
}: RunOptions & { listen: ListenAddress; log: Logger }): Promise<void> {
  const log = parentLog.child({ worker: cluster.worker?.id });
  const tell = (news: News) => void process.send?.(news);
  // A terminal's Ctrl-C comes to all processes; what is to be done, and when, the primary says.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('disconnect', () => process.exit(1));

  let service: Service;
  try {
    service = await Service.start({ config, listen, log, onReady: () => tell({ type: 'ready' }) });
  } catch (error) {
    const message = error instanceof ServerFileError ? error.problems.join('\n') : String((error as Error).message);
    process.send?.({ type: 'failed', message } satisfies News, () => process.exit(1));
    return;
  }
  const watch =
    file &&
    watchServerFile({
      ...file,
      async apply(changed) {
        await service.apply(changed);
        log.level = changed.logLevel ?? 'info';
      },
      onOutcome: (outcome) => service.metrics.configReloaded(outcome),
      log,
    });
  const admin = createAdminServer({
    registry: service.metrics.registry,
    isReady: () => service.isReady,
    page: service.page(),
  });
  admin.listen(process.env[WORKER_ADMIN_ENV]);
  AggregatorRegistry.setRegistries([service.metrics.registry]);
  new AggregatorRegistry();

  const accept = (socket: Socket | undefined) => {
    tell({ type: 'connection taken' });
    if (socket === undefined) return tell({ type: 'connection closed' });
    socket.once('close', () => tell({ type: 'connection closed' }));
    service.accept(socket);
  };
  process.on('message', (message: unknown, socket: Socket | undefined) => {
    if (!isOurs<Order>(message, ORDERS)) return;
    switch (message.type) {
      case 'connection':
        return accept(socket);
      case 'dismiss one':
        return service.dismissOne();
      case 'reload':
        return void watch?.readNow();
      case 'turn away':
        return service.turnAway();
      case 'stop':
        watch?.close();
        return void service.finish(message.graceMs).then(() => process.exit(0));
    }
  });
  tell({ type: 'started' });
}
