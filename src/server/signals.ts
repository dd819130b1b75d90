import type { Logger } from './log.ts';

/** Resolves at the first signal to end; the next one ends the process at once. */
export async function untilStopped(stopped: Promise<NodeJS.Signals>, log: Logger): Promise<void> {
  const first = await stopped;
  log.info({ signal: first }, 'stopping');
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, (signal) => {
      log.warn({ signal }, 'stopped at once, by a second signal');
      process.exit(1);
    });
  }
}
