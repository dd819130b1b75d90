import { ErrorReply, TimeoutError } from '@redis/client';

/** Redis did not do what it was asked, or not in time, or was not asked at all. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  readonly outcome: 'down' | 'timeout';
  /** A code; never what a server says, which may echo what it was sent, passwords included. */
  readonly reason: string;

  constructor(outcome: 'down' | 'timeout', reason: string) {
    super(`${outcome} (${reason})`);
    this.outcome = outcome;
    this.reason = reason;
  }
}

export function redisAway(error: unknown): RedisAway {
  if (error instanceof RedisAway) return error;
  if (error instanceof TimeoutError) return new RedisAway('timeout', 'no answer in time');
  return new RedisAway('down', reasonOf(error));
}

function reasonOf(error: unknown): string {
  if (error instanceof ErrorReply) return /^[A-Z]+/.exec(error.message)?.[0] ?? 'error';
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return 'unknown';
  return (error as NodeJS.ErrnoException).code ?? error.constructor.name;
}
