import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { selfSignedCertificate } from '../../e2e/support/certificate.ts';
import {
  type CredentialBench,
  callerIdentity,
  startCredentialBench,
  thrownBy,
} from '../../support/stand-in-credentials.ts';

interface Front {
  url: string;
  /** TLS handshakes, and requests that came over them. */
  seen: { handshakes: number; requests: number };
  close(): Promise<void>;
}

let bench: CredentialBench;
let directory: string;
let bundle: string;
let front: Front;
let token: string;

/** The stand-in's STS behind TLS. */
async function startFront(target: string, { key, cert }: { key: string; cert: string }): Promise<Front> {
  const seen = { handshakes: 0, requests: 0 };
  const server: Server = createTlsServer({ key, cert }, (incoming, outgoing) => {
    seen.requests++;
    const { method, headers } = incoming;
    const forwarded = request(new URL(incoming.url ?? '/', target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  server.on('secureConnection', () => seen.handshakes++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

beforeEach(async () => {
  bench = await startCredentialBench();
  const certificate = selfSignedCertificate(['localhost']);
  directory = mkdtempSync(join(tmpdir(), 'sigv4-extproc-ca-'));
  bundle = join(directory, 'ca.pem');
  writeFileSync(bundle, certificate.cert);
  front = await startFront(bench.standIn.sts.url, certificate);
  token = await bench.standIn.issuer.issueToken({ sub: 'alice' });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', front.url);
});
afterEach(async () => {
  await bench.close();
  await front.close();
  rmSync(directory, { recursive: true });
});

describe('connections to STS', () => {
  it('trust nobody that no CA vouches for', async () => {
    expect(await thrownBy(() => bench.newSource().credentialsFor(callerIdentity(), { token }))).toMatchObject({
      code: 'SIGV4_STS_UNAVAILABLE',
    });
    expect(bench.standIn.sts.calls).toEqual([]);
  });

  it('trust the CA of AWS_CA_BUNDLE', async () => {
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    await expect(bench.newSource().credentialsFor(callerIdentity(), { token })).resolves.toBeDefined();
  });

  it('are opened ahead, without a request, and taken by the first exchange', async () => {
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    const source = bench.newSource();
    source.connect([callerIdentity(), callerIdentity()]);
    await vi.waitFor(() => expect(front.seen).toEqual({ handshakes: 1, requests: 0 }));
    await source.credentialsFor(callerIdentity(), { token });
    expect(front.seen).toEqual({ handshakes: 1, requests: 1 });
  });

  it('are kept for the exchanges after', async () => {
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    const source = bench.newSource();
    for (const sub of ['a', 'b', 'c']) {
      await source.credentialsFor(callerIdentity(), { token: await bench.standIn.issuer.issueToken({ sub }) });
    }
    expect(front.seen).toEqual({ handshakes: 1, requests: 3 });
  });

  it('that were opened ahead to nobody are opened when they are needed', async () => {
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'https://localhost:1');
    const source = bench.newSource();
    source.connect([callerIdentity()]);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', front.url);
    const identity = callerIdentity({}, { url: front.url });
    await expect(source.credentialsFor(identity, { token })).resolves.toBeDefined();
  });

  it.each([
    ['HTTPS_PROXY', '', 1],
    ['HTTPS_PROXY', 'localhost', 0],
  ])('go through %s, but for the hosts of NO_PROXY (%j)', async (name, noProxy, expected) => {
    const tunnels: string[] = [];
    const proxy = createHttpServer().on('connect', (incoming, socket) => {
      tunnels.push(incoming.url ?? '');
      const [, port] = (incoming.url ?? '').split(':');
      const upstream = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on('error', () => undefined);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      vi.stubEnv(name, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      vi.stubEnv('NO_PROXY', noProxy);
      vi.stubEnv('AWS_CA_BUNDLE', bundle);
      const source = bench.newSource();
      await source.credentialsFor(callerIdentity(), { token });
      expect(tunnels).toEqual(expected ? [new URL(front.url).host] : []);
      expect(front.seen.requests).toBe(1);
      source.close();
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  it('without TLS go through HTTP_PROXY, with its credentials', async () => {
    const seen: unknown[] = [];
    const proxy = createHttpServer((incoming, outgoing) => {
      const { url, headers } = incoming;
      seen.push([url, headers.host, headers['proxy-authorization']]);
      const { method } = incoming;
      const forwarded = request(new URL(url ?? ''), { method, headers }, (answer) => answer.pipe(outgoing));
      incoming.pipe(forwarded);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      vi.stubEnv('AWS_ENDPOINT_URL_STS', bench.standIn.sts.url);
      vi.stubEnv('HTTP_PROXY', `http://user:word@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      const source = bench.newSource();
      await source.credentialsFor(callerIdentity(), { token });
      const { href, host } = new URL(bench.standIn.sts.url);
      expect(seen).toEqual([[href, host, `Basic ${btoa('user:word')}`]]);
      source.close();
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });
});
