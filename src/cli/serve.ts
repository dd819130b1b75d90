import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SHUTDOWN, LOG_LEVELS, MOST_WORKERS } from '../config/index.ts';
import { DEFAULT_ADMIN, DEFAULT_LISTEN, type ServeFlags } from './serve-flags.ts';
import { stopSignal } from './stop-signal.ts';

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
        new Option('--socket-mode <mode>', 'permissions of the unix socket, in octal, as in 0660')
          .env('SIGV4_EXTPROC_SOCKET_MODE')
          .argParser(octalMode),
      )
      .addOption(
        new Option(
          '--insecure',
          'listen beyond loopback without certificates of clients: whoever reaches the port has requests signed as every role',
        ),
      )
      .addOption(
        new Option(
          '--admin <address>',
          `port of /healthz, /readyz, /metrics and the operator's page (default: ${DEFAULT_ADMIN})`,
        ).env('SIGV4_EXTPROC_ADMIN'),
      )
      .addOption(
        new Option('--admin-token-file <file>', 'token that the admin port wants for all but its probes').env(
          'SIGV4_EXTPROC_ADMIN_TOKEN_FILE',
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
        new Option('--workers <count>', 'processes that share the port (default: 1)')
          .env('SIGV4_EXTPROC_WORKERS')
          .argParser(numberIn(1, MOST_WORKERS, 'a whole number of processes')),
      )
      .addOption(
        new Option(
          '--shutdown-delay <seconds>',
          `time from SIGTERM in which health checks are told and requests still taken (default: ${DEFAULT_SHUTDOWN.delayMs / 1000})`,
        )
          .env('SIGV4_EXTPROC_SHUTDOWN_DELAY')
          .argParser(numberIn(0, 3_600, 'a number of seconds')),
      )
      .addOption(
        new Option(
          '--shutdown-grace <seconds>',
          `time that open requests have to end in after that (default: ${DEFAULT_SHUTDOWN.graceMs / 1000})`,
        )
          .env('SIGV4_EXTPROC_SHUTDOWN_GRACE')
          .argParser(numberIn(0, 3_600, 'a number of seconds')),
      )
      // The server and all that it loads is of no use to the other commands.
      .action(async (flags: ServeFlags, command: Command) => {
        const stopped = stopSignal();
        await (await import('./run-service.ts')).runService(flags, command, stopped);
      })
  );
}

function numberIn(least: number, most: number, what: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isWhole = !what.startsWith('a whole') || Number.isInteger(value);
    if (text.trim() !== '' && value >= least && value <= most && isWhole) return value;
    throw new InvalidArgumentError(`It is ${what} from ${least} to ${most}.`);
  };
}

function octalMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError('It is an octal mode, as in 0660.');
}
