import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { formatListenAddress, type ListenAddress } from '../listen-address.ts';
import { removeStaleSocket } from '../stale-socket.ts';

/** After which a peer that is gone without a word is noticed. */
const KEEP_ALIVE_MS = 60_000;

export interface ListenerOptions {
  listen: ListenAddress;
  /** Of a unix socket; without one as the process's umask has it. */
  socketMode?: number | undefined;
  /** More than that are closed at once. */
  maxConnections: number;
  onConnection: (socket: Socket) => void;
  /** Whether connections are to be handed to another process before anything is read. */
  pauseOnConnect?: boolean;
}

export interface Listener {
  /** As bound, with the port that the kernel gave. */
  readonly address: string;
  /** Takes no more connections; those that stand go on. */
  close(): void;
}

/** @throws Error where the address cannot be bound */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { listen } = options;
  if (listen.kind === 'unix') {
    await removeStaleSocket(listen.path);
    const server = newServer(options);
    await bindPath(server, listen.path, options.socketMode);
    return { address: formatListenAddress(listen), close: () => server.close() };
  }
  const servers: Server[] = [];
  let { port } = listen;
  // A name may stand for several addresses, `localhost` for one of either kind.
  for (const { address } of await lookup(listen.host, { all: true })) {
    const server = newServer(options);
    try {
      await listening(server, () => server.listen({ host: address, port, exclusive: true }));
    } catch (error) {
      if (servers.length > 0) continue;
      throw error;
    }
    port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  return {
    address: formatListenAddress(listen, port),
    close: () => {
      for (const server of servers) server.close();
    },
  };
}

function newServer({ onConnection, maxConnections, pauseOnConnect = false }: ListenerOptions): Server {
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  const server = createServer({ pauseOnConnect, noDelay: true, ...keepAlive }, onConnection);
  server.maxConnections = maxConnections;
  return server;
}

/** There is no moment at which the socket lets in more than its mode does: it is made under an umask of the rest. */
async function bindPath(server: Server, path: string, mode: number | undefined): Promise<void> {
  if (mode === undefined) return void (await listening(server, () => server.listen({ path, exclusive: true })));
  await listening(server, () => {
    const umask = process.umask(0o777 & ~mode);
    server.listen({ path, exclusive: true });
    process.umask(umask);
  });
  await chmod(path, mode);
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const done = once(server, 'listening');
  listen();
  await done;
  // A connection that cannot be taken (no file descriptors) is that one's loss.
  server.on('error', () => undefined);
}
