import { type Logger, pino } from 'pino';
import type { LogLevel } from '../config/index.ts';
import { SignerError, struckOut } from '../errors/index.ts';

export type { Logger } from 'pino';

/** JSON lines on standard output. */
export function createLogger(level: LogLevel): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'token',
        'authorization',
        'secretAccessKey',
        'sessionToken',
        '*.token',
        '*.authorization',
        '*.secretAccessKey',
        '*.sessionToken',
      ],
      censor: '[redacted]',
    },
    serializers: { err: (error: unknown) => describeError(error) },
  });
}

/** Causes may go round. */
const DEEPEST_CAUSE = 4;

/** An error without stack, and with whatever looks like a token struck out: STS and proxies echo what they were sent. */
function describeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: struckOut(String(error)) };
  return {
    name: error.name,
    message: struckOut(error.message),
    // Connections to a name with several addresses fail as an AggregateError, whose own message is empty.
    ...(error instanceof AggregateError &&
      depth < DEEPEST_CAUSE && { errors: error.errors.map((inner) => describeError(inner, depth + 1)) }),
    ...(error.cause !== undefined && depth < DEEPEST_CAUSE && { cause: describeError(error.cause, depth + 1) }),
    // A defect of ours is only found by its stack; foreign errors have none worth reading.
    ...(!(error instanceof SignerError) && !('$metadata' in error) && { stack: struckOut(error.stack ?? '') }),
  };
}
