/** From the primary to a worker. A connection comes with `connection`. */
export type Order =
  | { type: 'connection' }
  | { type: 'dismiss one' }
  | { type: 'reload' }
  | { type: 'turn away' }
  | { type: 'stop'; graceMs: number };

/** From a worker to the primary. */
export type News =
  | { type: 'started' }
  | { type: 'failed'; message: string }
  | { type: 'ready' }
  | { type: 'connection taken' }
  | { type: 'connection closed' };

/** Whether a message is of ours: the metrics' library sends its own on the same way. */
export function isOurs<Message extends Order | News>(
  message: unknown,
  types: readonly Message['type'][],
): message is Message {
  const type = (message as { type?: unknown } | null)?.type;
  return types.some((known) => known === type);
}

export const ORDERS: readonly Order['type'][] = ['connection', 'dismiss one', 'reload', 'turn away', 'stop'];
export const NEWS: readonly News['type'][] = ['started', 'failed', 'ready', 'connection taken', 'connection closed'];

/** Where a worker has its admin server: a unix socket in a folder that is the primary's alone. */
export const WORKER_ADMIN_ENV = 'SIGV4_EXTPROC_WORKER_ADMIN';
