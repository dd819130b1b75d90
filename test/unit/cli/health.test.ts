import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG } from '../../../src/config/index.ts';
import { createLogger, type ListenAddress, startApp } from '../../../src/server/index.ts';
import { startChild } from '../../support/child.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'health.ts');
const anyPort: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function health(args: readonly string[], env: Record<string, string> = {}) {
  const child = await startChild(process.execPath, [program, ...args], { env });
  const { code } = await child.exited;
  return { code, output: child.output().trim() };
}

async function service(admin: ListenAddress = anyPort): Promise<string> {
  const app = await startApp({ config: DEFAULT_SERVER_CONFIG, listen: anyPort, admin, log: createLogger('silent') });
  closers.push(() => app.stop(1000));
  return app.admin;
}

/** An admin port that answers a status to /readyz, 200 to /healthz. */
async function answering(status: number): Promise<string> {
  const server: Server = createServer(({ url }, response) =>
    response.writeHead(url === '/readyz' ? status : 200).end('x'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

it('is 0 while the service takes requests, asked by argument, variable or unix socket', async () => {
  const admin = await service();
  expect(await health(['ready', admin])).toEqual({ code: 0, output: '' });
  expect(await health([], { SIGV4_EXTPROC_ADMIN: admin })).toEqual({ code: 0, output: '' });
  const folder = await mkdtemp(join(tmpdir(), 'health-'));
  closers.push(() => rm(folder, { recursive: true }));
  const socket = await service({ kind: 'unix', path: join(folder, 'admin.sock') });
  expect(await health(['live', socket])).toEqual({ code: 0, output: '' });
});

it('tells not ready from not alive', async () => {
  const admin = await answering(503);
  expect(await health(['ready', admin])).toEqual({ code: 1, output: `${admin}/readyz answers 503` });
  expect(await health(['live', admin])).toEqual({ code: 0, output: '' });
});

it('is 1 where nobody listens', async () => {
  const admin = await service();
  await closers.pop()?.();
  expect(await health(['live', admin])).toMatchObject({ code: 1, output: expect.stringContaining('ECONNREFUSED') });
});

it('is 2 for what it does not understand', async () => {
  expect(await health(['alive'])).toMatchObject({ code: 2, output: 'not a state: alive; it is ready or live' });
  expect(await health(['live', '9902'])).toMatchObject({ code: 2, output: expect.stringContaining('not an address') });
});
