import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Removes the unix socket that a killed predecessor left, as its path cannot be bound again.
 * @throws Error if the path is something else than a socket, or one that is listened on
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`unix:${path}: there is something that is not a socket`);
  if (await isListenedOn(path)) throw new Error(`unix:${path}: another process listens there`);
  await unlink(path);
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (listened: boolean) => () => {
      socket.destroy();
      resolve(listened);
    };
    socket.once('connect', settle(true));
    socket.once('error', settle(false));
  });
}
