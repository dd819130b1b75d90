import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type CredentialBench,
  callerIdentity,
  startCredentialBench,
  thrownBy,
} from '../../support/stand-in-credentials.ts';

/** More than it takes to open the breaker. */
const CROWD = 30;

let bench: CredentialBench;
let proxy: ForgetfulProxy;
beforeEach(async () => {
  bench = await startCredentialBench();
  proxy = await startForgetfulProxy(bench.standIn.sts.port);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', proxy.url);
});
afterEach(async () => {
  proxy.close();
  await bench.close();
});

interface ForgetfulProxy {
  url: string;
  /** Connections that were cut when they were used again. */
  cut: number;
  close: () => void;
}

/** Stands before a server like a NAT: a connection that was idle is cut when it is used, without a word before. */
async function startForgetfulProxy(port: number): Promise<ForgetfulProxy> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let answered = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (data) => {
      answered = true;
      client.write(data);
    });
    client.on('data', (data) => {
      if (!answered) return void upstream.write(data);
      proxied.cut += 1;
      client.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxied: ForgetfulProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: 0,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxied;
}

const crowd = (name: string, size: number) =>
  Promise.all(
    Array.from({ length: size }, async (_, n) => {
      const token = await bench.standIn.issuer.issueToken({ sub: `${name}-${n}` });
      return await bench.source.credentialsFor(callerIdentity(), { token });
    }),
  );

it.each([1, CROWD])('%s new callers are served although every idle connection to STS is gone', async (size) => {
  await crowd('first', CROWD);
  const keys = await crowd('second', size);
  expect(new Set(keys.map(({ accessKeyId }) => accessKeyId)).size).toBe(size);
  expect(proxy.cut).toBeGreaterThan(0);
  expect(bench.standIn.sts.calls).toHaveLength(CROWD + size);
});

it('what fails on a new connection still counts against STS', async () => {
  await crowd('first', CROWD);
  proxy.close();
  await bench.standIn.sts.down();
  const errors = await Promise.all(Array.from({ length: CROWD }, (_, n) => thrownBy(() => crowd(`late-${n}`, 1))));
  for (const error of errors) expect(error).toMatchObject({ code: 'SIGV4_STS_UNAVAILABLE', status: 503 });
  const asked = bench.stsCalls.length;
  expect(await thrownBy(() => crowd('after', 1))).toMatchObject({ code: 'SIGV4_STS_UNAVAILABLE' });
  expect(bench.stsCalls).toHaveLength(asked);
});
