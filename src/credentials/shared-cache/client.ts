import { isIP } from 'node:net';
import { createClient, RESP_TYPES } from '@redis/client';
import type { SharedCacheOptions } from './types.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** Far above what a second of time-outs can leave behind. */
const MOST_PENDING_COMMANDS = 10_000;

export type Client = ReturnType<typeof newClient>;

export type ClientOptions = Pick<SharedCacheOptions, 'url' | 'username' | 'password' | 'timeoutMs'> & { ca?: string };

/**
 * A client for one connection, not yet connected; when the connection ends, so does the client. RESP 2, as every
 * server and proxy speaks it and its AUTH, unlike HELLO, is never echoed in an error. Strings come as bytes.
 */
export function newClient({ url, username, password, timeoutMs, ca }: ClientOptions) {
  const { protocol, hostname, port, pathname } = new URL(url);
  const common = { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false } as const;
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) };
  const database = Number(pathname.slice(1));
  return createClient({
    RESP: 2,
    socket:
      protocol === 'unix:'
        ? { ...common, path: decodeURIComponent(pathname), tls: false }
        : protocol === 'rediss:'
          ? {
              ...common,
              ...address,
              tls: true,
              ...(!isIP(address.host) && { servername: address.host }),
              ...(ca !== undefined && { ca }),
            }
          : { ...common, ...address },
    ...(protocol !== 'unix:' && database > 0 && { database }),
    ...((username !== undefined || password !== undefined) && {
      credentialsProvider: {
        type: 'async-credentials-provider' as const,
        credentials: async () => ({
          ...(username !== undefined && { username }),
          ...(password !== undefined && { password: typeof password === 'string' ? password : await password() }),
        }),
      },
    }),
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_PENDING_COMMANDS,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: { timeout: timeoutMs, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}
