import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CredentialStore } from '../../stand-in/credential-store.ts';
import { type Service, type ServiceOptions, startService } from '../../stand-in/service.ts';
import { type SmithyRequest, signWithSmithy, type WireRequest } from './smithy-signer.ts';

const USER = {
  arn: 'arn:aws:iam::123456789012:user/workload',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const store = new CredentialStore([USER]);

let service: Service;

afterEach(() => service.close());

const start = async (options: Omit<ServiceOptions, 'store'> = {}): Promise<void> => {
  service = await startService({ service: 'execute-api', region: 'us-east-1', store, ...options });
};

const sign = (request: Partial<SmithyRequest> = {}): Promise<WireRequest> =>
  signWithSmithy({ service: 'execute-api', credentials: USER, at: new Date(), ...request });

interface Answered {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  text: string;
}

async function send(wire: WireRequest): Promise<Answered> {
  const { method, url, rawHeaders, body } = wire;
  const options = { host: '127.0.0.1', port: service.port, method, path: url, headers: rawHeaders, agent: false };
  const tls = service.url.startsWith('https:');
  const request = tls ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = (await response.toArray()).join('');
  return { status: response.statusCode, headers: response.headers, text };
}

describe('over HTTP', () => {
  it('accepts a signed request and says what it saw, the signature left out', async () => {
    await start();
    const wire = await sign({
      method: 'POST',
      path: '/orders/7',
      query: 'a=1',
      headers: { 'x-amz-b': 'c' },
      body: 'hello',
    });
    const { status, text } = await send({ ...wire, rawHeaders: [...wire.rawHeaders, 'content-length', '5'] });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      principal: USER.arn,
      role: null,
      method: 'POST',
      path: '/orders/7?a=1',
      host: 'execute-api.us-east-1.amazonaws.com',
      service: 'execute-api',
      region: 'us-east-1',
      bodySha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      receivedHeaders: { names: expect.arrayContaining(['authorization', 'x-amz-b']) },
    });
    expect(text).not.toContain(/Signature=(\w+)/.exec(wire.rawHeaders.join())?.[1] ?? 'Signature');
    const received = await service.waitForRequest(({ method }) => method === 'POST');
    expect(received).toMatchObject({ url: '/orders/7?a=1', body: Buffer.from('hello'), status: 200 });
    expect(received.header('x-amz-b')).toBe('c');
  });

  it('sees header values and paths as bytes', async () => {
    await start();
    const at = new Date();
    const wire = await sign({ path: '/caf%C3%A9/a//b', headers: { 'x-amz-name': 'x  y' }, at });
    expect(await send(wire)).toMatchObject({ status: 200 });
    expect(service.received[0]?.header('x-amz-name')).toBe('x  y');
  });

  it('refuses what is not signed for it, and records it', async () => {
    await start();
    const host = ['host', '127.0.0.1'];
    const anonymous = await send({ method: 'GET', url: '/', rawHeaders: host, body: Buffer.alloc(0) });
    expect(anonymous).toMatchObject({ status: 403 });
    expect(anonymous.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    const elsewhere = await send(await sign({ region: 'eu-west-1' }));
    expect(elsewhere.status).toBe(403);
    expect(JSON.parse(elsewhere.text)).toMatchObject({ __type: 'InvalidSignatureException', reason: 'wrong-scope' });
    expect(service.received.map(({ status, verdict }) => [status, verdict.ok])).toEqual([
      [403, false],
      [403, false],
    ]);
    expect(service.started).toBe(2);
    service.reset();
    expect(service.received).toEqual([]);
  });

  it('takes anonymous requests if told, but no wrong ones', async () => {
    await start({ allowAnonymous: true });
    const rawHeaders = ['host', '127.0.0.1'];
    expect(await send({ method: 'GET', url: '/', rawHeaders, body: Buffer.alloc(0) })).toMatchObject({ status: 200 });
    expect(await send(await sign({ region: 'eu-west-1' }))).toMatchObject({ status: 403 });
  });

  it('keeps the session token out of its errors', async () => {
    await start({ service: 's3' });
    const session = store.issueSession({ arn: 'arn:aws:sts::1:assumed-role/a/b' }, new Date(Date.now() + 60_000));
    const wire = await sign({ service: 's3', credentials: session, verbatimPath: true, path: '/b/k' });
    const { status, text } = await send({ ...wire, url: '/b/other' });
    expect(status).toBe(403);
    expect(text).toContain('<Code>SignatureDoesNotMatch</Code>');
    expect(text).toContain('x-amz-security-token:&lt;redacted&gt;');
    expect(text).not.toContain(session.sessionToken);
  });

  it('goes by host where there is a map', async () => {
    await start({
      hosts: { 's3.us-east-1.amazonaws.com': { service: 's3' }, 'sqs.us-east-1.amazonaws.com': { service: 'sqs' } },
    });
    expect(await send(await sign({ service: 's3', verbatimPath: true, path: '/b/a%2Bb' }))).toMatchObject({
      status: 200,
    });
    expect(await send(await sign({ service: 'sqs', region: 'eu-west-1' }))).toMatchObject({ status: 403 });
    await service.close();
    service = await startService({ store, hosts: { 'a.example': { service: 's3' } } });
    const { status, text } = await send(await sign());
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ reason: 'unknown-host' });
  });

  it('answers accepted requests as told', async () => {
    await start();
    service.override = ({ url }) => (url === '/busy' ? { status: 503, body: 'busy' } : undefined);
    expect(await send(await sign({ path: '/busy' }))).toMatchObject({ status: 503, text: 'busy' });
    expect(await send(await sign({ path: '/free' }))).toMatchObject({ status: 200 });
  });

  it('verifies an upgrade at its headers, then echoes', async () => {
    await start();
    const { url, rawHeaders } = await sign({ path: '/ws' });
    const upgrade = ['connection', 'Upgrade', 'upgrade', 'websocket'];
    const request = httpRequest({ port: service.port, path: url, headers: [...rawHeaders, ...upgrade], agent: false });
    request.end();
    const [response, socket] = await once(request, 'upgrade');
    expect(response.statusCode).toBe(101);
    socket.write('ping');
    expect(String((await once(socket, 'data'))[0])).toBe('ping');
    socket.destroy();
    const refused = httpRequest({
      port: service.port,
      path: '/other',
      headers: [...rawHeaders, ...upgrade],
      agent: false,
    });
    refused.end();
    const [answer] = await once(refused, 'response');
    expect(answer.statusCode).toBe(403);
    answer.resume();
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('over TLS (needs openssl for a certificate; skipped where it is absent)', () => {
  it('verifies as over HTTP', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', cert];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject], { stdio: 'ignore' });
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    rmSync(folder, { recursive: true });
    await start({ tls });
    expect(await send(await sign({ path: '/tls' }))).toMatchObject({ status: 200 });
    expect(await send(await sign({ region: 'eu-west-1' }))).toMatchObject({ status: 403 });
  });
});
