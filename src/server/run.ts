import cluster from 'node:cluster';
import type { ServerConfig } from '../config/index.ts';
import { type App, startApp } from './app.ts';
import { parseListenAddress } from './listen-address.ts';
import { createLogger, type Logger } from './log.ts';
import { type ReloadOptions, watchServerFile } from './reload.ts';
import { untilStopped } from './signals.ts';
import { runPrimary } from './workers/primary.ts';
import { runWorker } from './workers/worker.ts';

export interface RunOptions {
  /** With `listen`, `admin` and `logLevel`. */
  config: ServerConfig;
  /** Resolves when the service is to end. */
  stopped: Promise<NodeJS.Signals>;
  /** Where the settings came from, to be read again as it changes. */
  file?: Pick<ReloadOptions, 'path' | 'content' | 'override'>;
}

/**
 * Runs the service, in one process or in several, until a signal has ended it.
 * @throws Error for what it cannot start with
 */
export async function runServer(options: RunOptions): Promise<void> {
  const { config } = options;
  const log = createLogger(config.logLevel ?? 'info');
  const listen = parseListenAddress(config.listen ?? '');
  const admin = parseListenAddress(config.admin ?? '');
  if (cluster.isWorker) return runWorker({ ...options, listen, log });
  if (config.workers > 1) return runPrimary({ ...options, listen, admin, log });
  await runAlone(await startApp({ config, listen, admin, log }), options, log);
}

async function runAlone(app: App, { config, file, stopped }: RunOptions, log: Logger): Promise<void> {
  log.info({ listen: app.listen, admin: app.admin }, 'ready');
  let shutdown = config.shutdown;
  const watch =
    file &&
    watchServerFile({
      ...file,
      async apply(changed) {
        await app.service.apply(changed);
        shutdown = changed.shutdown;
        log.level = changed.logLevel ?? 'info';
      },
      onOutcome: (outcome) => app.service.metrics.configReloaded(outcome),
      log,
    });
  process.on('SIGHUP', () => {
    if (watch) void watch.readNow();
    else log.warn('SIGHUP without effect: there is no config file');
  });
  await untilStopped(stopped, log);
  watch?.close();
  await app.stop(shutdown.graceMs, shutdown.delayMs);
  log.info('stopped');
}
