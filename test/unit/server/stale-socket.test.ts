import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG } from '../../../src/config/index.ts';
import { createLogger, startApp } from '../../../src/server/index.ts';
import { removeStaleSocket } from '../../../src/server/stale-socket.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sock-'));
  path = join(folder, 's');
});
afterEach(() => rm(folder, { recursive: true }));

async function listening(at: string) {
  const server = createServer().listen(at);
  await once(server, 'listening');
  return server;
}

/** A socket that no one listens on, as a killed process leaves it. */
async function leaveStale(at: string): Promise<void> {
  const server = await listening(`${at}.old`);
  await rename(`${at}.old`, at);
  server.close();
  await once(server, 'close');
}

describe('removeStaleSocket', () => {
  it('does nothing where there is nothing', async () => {
    await expect(removeStaleSocket(path)).resolves.toBeUndefined();
  });

  it('removes what a killed process left', async () => {
    await leaveStale(path);
    expect(await readdir(folder)).toEqual(['s']);
    await removeStaleSocket(path);
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves a socket that is listened on', async () => {
    const server = await listening(path);
    await expect(removeStaleSocket(path)).rejects.toThrow('another process listens there');
    expect(await readdir(folder)).toEqual(['s']);
    server.close();
  });

  it('leaves whatever else there is', async () => {
    await writeFile(path, 'precious');
    await symlink(path, `${path}.link`);
    await expect(removeStaleSocket(path)).rejects.toThrow('not a socket');
    await expect(removeStaleSocket(`${path}.link`)).rejects.toThrow('not a socket');
    await expect(removeStaleSocket(folder)).rejects.toThrow('not a socket');
    expect((await readdir(folder)).sort()).toEqual(['s', 's.link']);
  });
});

describe('the service behind a stale socket', () => {
  const start = (listen: string, admin: string) =>
    startApp({
      config: DEFAULT_SERVER_CONFIG,
      listen: { kind: 'unix', path: listen },
      admin: { kind: 'unix', path: admin },
      log: createLogger('silent'),
    });

  it('starts on its gRPC side, and leaves no socket', async () => {
    await leaveStale(path);
    const app = await start(path, `${path}.admin`);
    expect(app).toMatchObject({ listen: `unix:${path}`, admin: `unix:${path}.admin` });
    await app.stop(1000);
    expect(await readdir(folder)).toEqual([]);
  });

  it('starts on its admin side', async () => {
    await leaveStale(`${path}.admin`);
    const app = await start(path, `${path}.admin`);
    await app.stop(1000);
  });
});
