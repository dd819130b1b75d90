import type { Agent, ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';

const BROKEN = new Set<unknown>(['ECONNRESET', 'EPIPE']);
const met = new WeakSet<object>();

/**
 * Lets an agent know the failures of connections that the other side had given up while they were idle, as servers and
 * NATs do without a word. One that is met speaks against all others that are idle: they are dropped.
 */
export function watchStale<A extends Agent>(agent: A): A {
  const reuse = agent.reuseSocket.bind(agent);
  const onError = (error: NodeJS.ErrnoException) => {
    if (!BROKEN.has(error.code)) return;
    met.add(error);
    dropIdle(agent);
  };
  agent.reuseSocket = (socket: Duplex, request: ClientRequest) => {
    request.on('error', onError);
    reuse(socket, request);
  };
  return agent;
}

/** Has an error of another thread, which was met there, count as met here. */
export function rememberStale(error: object): void {
  met.add(error);
}

/** Has an agent's next request connect anew. */
export function dropIdle(agent: Agent): void {
  for (const idle of Object.values(agent.freeSockets).flat()) idle?.destroy();
}

/** Whether a request failed only because its connection was not there any more: it says nothing of the server. */
export function metStaleConnection(error: unknown): boolean {
  return typeof error === 'object' && error !== null && met.has(error);
}
