import { Command, Option } from 'commander';
import { LOG_LEVELS } from '../config/index.ts';
import { DEFAULT_ADMIN, DEFAULT_LISTEN, type ServeFlags } from './serve-flags.ts';
import { stopSignal } from './stop-signal.ts';

/** Within Kubernetes' default 30 s between SIGTERM and SIGKILL. */
const DEFAULT_GRACE_SECONDS = 20;

/** `sigv4-extproc serve`. A flag goes before its environment variable, and that before the file. */
export function serveCommand(): Command {
  return (
    new Command('serve')
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
      // The server and all that it loads is of no use to the other commands.
      .action(async (flags: ServeFlags, command: Command) => {
        const stopped = stopSignal();
        await (await import('./run-service.ts')).runService(flags, command, stopped);
      })
  );
}
