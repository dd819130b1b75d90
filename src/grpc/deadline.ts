import type { ServerHttp2Stream } from 'node:http2';
import type { ServerCall } from './server-call.ts';
import { Status } from './status.ts';

const UNITS_MS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** A timer of Node's runs no longer than that; a call that may take longer has no deadline. */
const LONGEST_MS = 2 ** 31 - 1;

/** Ends the call when the time that its grpc-timeout header gives is over. */
export function setDeadline(stream: ServerHttp2Stream, call: ServerCall<never, unknown>, header: string): void {
  const [, digits, unit = ''] = TIMEOUT.exec(header) ?? [];
  const milliseconds = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
  if (Number.isNaN(milliseconds)) call.end(Status.INVALID_ARGUMENT, 'grpc-timeout is malformed');
  if (!(milliseconds <= LONGEST_MS)) return;
  const timer = setTimeout(() => call.end(Status.DEADLINE_EXCEEDED, 'the deadline has passed'), milliseconds);
  stream.once('close', () => clearTimeout(timer));
}
