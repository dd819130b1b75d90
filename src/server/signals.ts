import type { Logger } from './log.ts';

/** Resolves at SIGTERM or SIGINT; a second one ends the process at once. */
export function untilEndSignal(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let isEnding = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isEnding) {
        log.warn({ signal }, 'stopped at once, by a second signal');
        process.exit(1);
      }
      isEnding = true;
      log.info({ signal }, 'stopping');
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
