import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG } from '../../../src/config/index.ts';
import { type App, createLogger, startApp } from '../../../src/server/index.ts';
import { ExtProcClient } from '../../support/ext-proc-client.ts';
import { requestHeaders } from '../../support/ext-proc-messages.ts';

let app: App;
const anyPort = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;

beforeEach(async () => {
  const log = createLogger('silent');
  app = await startApp({ config: DEFAULT_SERVER_CONFIG, listen: anyPort, admin: anyPort, log });
});
afterEach(() => app.stop(1000));

const get = (path: string, method = 'GET') => fetch(`http://${app.admin}${path}`, { method });

/** What the admin port answers to a request target that no URL library would send. */
async function raw(target: string, name = 'admin'): Promise<string> {
  const [host, port] = app.admin.split(':');
  const socket = connect(Number(port), host);
  socket.write(`GET ${target} HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(socket, 'close');
  return text;
}

describe('the admin port', () => {
  it.each([
    ['/healthz', 200, 'ok\n'],
    ['/readyz', 200, 'ready\n'],
    ['/healthz?x=1', 200, 'ok\n'],
    ['/healthz/', 404, 'there are /, /healthz, /readyz and /metrics\n'],
  ])('%s', async (path, status, body) => {
    const answer = await get(path);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('takes GET and HEAD alone', async () => {
    expect((await get('/healthz', 'HEAD')).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/healthz', method)).status).toBe(405);
  });

  it('counts requests, streams and look-ups for Prometheus', async () => {
    const client = new ExtProcClient(app.listen);
    const stream = client.open();
    await stream.ask(requestHeaders());
    await stream.status();
    client.close();
    const answer = await get('/metrics');
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
    expect(text).toContain(
      'sigv4_requests_total{outcome="failed",code="SIGV4_ROUTE_NOT_CONFIGURED",service="",route=""} 1',
    );
    expect(text).toContain('sigv4_request_duration_seconds_count{outcome="failed"} 1');
    for (const name of ['streams_open', 'sts_calls_total', 'sts_duration_seconds', 'credentials_cached']) {
      expect(text).toContain(`# TYPE sigv4_${name} `);
    }
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('shows its page by address and as localhost, and under no name of others', async () => {
    const port = app.admin.split(':')[1];
    for (const name of [app.admin, `localhost:${port}`]) expect(await raw('/', name)).toMatch(/^HTTP\/1.1 200 /);
    for (const path of ['/', '/page/live', '/page/page.js']) {
      expect(await raw(path, `evil.test:${port}`)).toMatch(/^HTTP\/1.1 421 /);
    }
    // Probes and scrapes come by whatever name the cluster gives.
    for (const path of ['/healthz', '/metrics']) {
      expect(await raw(path, 'signer.prod.svc:9902')).toMatch(/^HTTP\/1.1 200 /);
    }
  });

  it.each(['/page/nothing', '/page/../page/page.css', '/page/%2e%2e/handler.ts'])('has no %s', async (path) => {
    expect(await raw(path, app.admin)).toMatch(/^HTTP\/1.1 404 /);
  });

  it('is the only one of its address', async () => {
    const [host = '', port] = app.admin.split(':');
    const again = startApp({
      config: DEFAULT_SERVER_CONFIG,
      listen: anyPort,
      admin: { kind: 'tcp', host, port: Number(port) },
      log: createLogger('silent'),
    });
    await expect(again).rejects.toThrow('EADDRINUSE');
  });

  it('is closed again if the gRPC port cannot be had', async () => {
    const [host = '', port] = app.listen.split(':');
    const listen = { kind: 'tcp', host, port: Number(port) } as const;
    const again = startApp({ config: DEFAULT_SERVER_CONFIG, listen, admin: anyPort, log: createLogger('silent') });
    await expect(again).rejects.toThrow();
  });

  it('is closed at the end, with the gRPC port', async () => {
    await app.stop(1000);
    await expect(get('/healthz')).rejects.toThrow();
    const client = new ExtProcClient(app.listen);
    expect((await client.open().send(requestHeaders()).status()).code).toBe(14);
    client.close();
  });

  it.each(['//', 'http://', 'http://[', '//[/healthz'])('lives on after a request for %s', async (target) => {
    const crash = new Promise<never>((_, reject) => {
      process.once('uncaughtException', reject);
    });
    await Promise.race([raw(target), crash]);
    expect((await get('/healthz')).status).toBe(200);
  });
});
