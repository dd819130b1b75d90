import type { Command } from 'commander';
import { DEFAULT_SERVER_CONFIG, loadServerFile, ServerFileError } from '../config/index.ts';
import { type App, createLogger, type Logger, parseListenAddress, startApp } from '../server/index.ts';
import { DEFAULT_ADMIN, DEFAULT_LISTEN, type ServeFlags } from './serve-flags.ts';

/** Runs the service until `stopped`, a signal, ends it; what it cannot start with is a usage error. */
export async function runService(flags: ServeFlags, command: Command, stopped: Promise<NodeJS.Signals>): Promise<void> {
  try {
    if (!(flags.shutdownGrace >= 0)) throw new Error('--shutdown-grace: not a number of seconds');
    const config = flags.config === undefined ? DEFAULT_SERVER_CONFIG : await loadServerFile(flags.config);
    const log = createLogger(flags.logLevel ?? config.logLevel ?? 'info');
    const listen = parseListenAddress(flags.listen ?? config.listen ?? DEFAULT_LISTEN);
    const admin = parseListenAddress(flags.admin ?? config.admin ?? DEFAULT_ADMIN);
    await run(await startApp({ config, listen, admin, log }), stopped, log, flags.shutdownGrace * 1000);
  } catch (error) {
    if (error instanceof ServerFileError)
      command.error(`error: the config file cannot be used\n${indented(error.problems)}`);
    command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function run(app: App, stopped: Promise<NodeJS.Signals>, log: Logger, graceMs: number): Promise<void> {
  log.info({ listen: app.listen, admin: app.admin }, 'ready');
  const signal = await stopped;
  log.info({ signal }, 'stopping');
  await app.stop(graceMs);
  log.info('stopped');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
