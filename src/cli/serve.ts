import { Command, Option } from 'commander';
import { DEFAULT_SERVER_CONFIG, LOG_LEVELS, type LogLevel, loadServerFile, ServerFileError } from '../config/index.ts';
import { type App, createLogger, type Logger, parseListenAddress, startApp } from '../server/index.ts';

const DEFAULT_LISTEN = '127.0.0.1:50051';
const DEFAULT_ADMIN = '127.0.0.1:9902';
/** Within Kubernetes' default 30 s between SIGTERM and SIGKILL. */
const DEFAULT_GRACE_SECONDS = 20;

interface ServeFlags {
  listen?: string;
  admin?: string;
  config?: string;
  logLevel?: LogLevel;
  shutdownGrace: number;
}

/** `sigv4-extproc serve`. A flag goes before its environment variable, and that before the file. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Run the ext_proc service until SIGTERM or SIGINT.')
    .addOption(
      new Option('--listen <address>', `gRPC port: host:port or unix:/path (default: ${DEFAULT_LISTEN})`).env(
        'SIGV4_EXTPROC_LISTEN',
      ),
    )
    .addOption(
      new Option('--admin <address>', `port of /healthz, /readyz and /metrics (default: ${DEFAULT_ADMIN})`).env(
        'SIGV4_EXTPROC_ADMIN',
      ),
    )
    .addOption(
      new Option('--config <file>', "the server's file (YAML): defaults, profiles and more").env(
        'SIGV4_EXTPROC_CONFIG',
      ),
    )
    .addOption(
      new Option('--log-level <level>', 'how much is logged (default: info)')
        .choices(LOG_LEVELS)
        .env('SIGV4_EXTPROC_LOG_LEVEL'),
    )
    .addOption(
      new Option('--shutdown-grace <seconds>', 'time that open requests have to end in after SIGTERM')
        .env('SIGV4_EXTPROC_SHUTDOWN_GRACE')
        .default(DEFAULT_GRACE_SECONDS)
        .argParser(Number),
    )
    .action(serve);
}

async function serve(flags: ServeFlags, command: Command): Promise<void> {
  try {
    if (!(flags.shutdownGrace >= 0)) throw new Error('--shutdown-grace: not a number of seconds');
    const config = flags.config === undefined ? DEFAULT_SERVER_CONFIG : await loadServerFile(flags.config);
    const log = createLogger(flags.logLevel ?? config.logLevel ?? 'info');
    const listen = parseListenAddress(flags.listen ?? config.listen ?? DEFAULT_LISTEN);
    const admin = parseListenAddress(flags.admin ?? config.admin ?? DEFAULT_ADMIN);
    await run(await startApp({ config, listen, admin, log }), log, flags.shutdownGrace * 1000);
  } catch (error) {
    if (error instanceof ServerFileError)
      command.error(`error: the config file cannot be used\n${indented(error.problems)}`);
    command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function run(app: App, log: Logger, graceMs: number): Promise<void> {
  log.info({ listen: app.listen, admin: app.admin }, 'ready');
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  log.info({ signal }, 'stopping');
  await app.stop(graceMs);
  log.info('stopped');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
