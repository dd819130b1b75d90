import type { Log } from './types.ts';

const INTERVAL_MS = 60_000;

/** Lets the same message for the same `reason` through once a minute: the metric counts, the log tells. */
export function sparing(log: Log): Log {
  const lastAt = new Map<string, number>();
  return (message, about) => {
    const kind = `${message} ${'reason' in about ? about.reason : ''}`;
    const now = performance.now();
    if (now - (lastAt.get(kind) ?? Number.NEGATIVE_INFINITY) < INTERVAL_MS) return;
    lastAt.set(kind, now);
    log(message, about);
  };
}
