import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureEnvoy } from '../../scripts/tools.ts';
import { run } from '../../scripts/venv.ts';
import { testedEnvoyVersions } from '../support/envoy-versions.ts';
import {
  API_HOST,
  type Backends,
  BUCKET_HOST,
  FUNCTION_HOST,
  INVOICES_CALLER_ROLE,
  ORDERS_CALLER_ROLE,
  REPORTS_WORKLOAD_ROLE,
  startBackends,
} from './support/backends.ts';
import { selfSignedCertificate } from './support/certificate.ts';
import { examplePath, PLACEMENTS, type Placement } from './support/example-config.ts';
import { expectNothingUpstream, expectRefusal, onlyAccepted } from './support/expect.ts';
import { type Gateway, startGateway } from './support/gateway.ts';

const INSTALL_MS = 180_000;
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';
const versions = testedEnvoyVersions();
const body = '{"order": 7}';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(versions)('the examples on Envoy %s', (version) => {
  let binary: string;
  beforeAll(async () => {
    binary = await ensureEnvoy({ version });
  }, INSTALL_MS);

  it.each<Placement>([...PLACEMENTS, 'ext-authz'])('that of %s is valid as users copy it', async (placement) => {
    const folder = await mkdtemp(join(tmpdir(), 'example-'));
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, selfSignedCertificate(['unused.example']).cert);
    const text = readFileSync(examplePath(placement), 'utf8');
    await writeFile(join(folder, 'envoy.yaml'), existsSync(SYSTEM_CA) ? text : text.replaceAll(SYSTEM_CA, ca));
    const { ok, output } = await run(binary, ['--mode', 'validate', '-c', join(folder, 'envoy.yaml')]);
    await rm(folder, { recursive: true });
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('OK') });
    expect(output).not.toMatch(/\[(warning|error|critical)\]|deprecated/i);
  });

  describe('upstream-filter.yaml', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway(backends, { placement: 'upstream', version });
    });
    afterAll(() => gateway.close());

    it.each([
      { method: 'GET', path: '/orders/7?b=2&a=1' },
      { method: 'POST', path: '/orders/', body },
    ])('signs $method for API Gateway as the workload, behind the rewrite of its path', async (request) => {
      expect((await gateway.send(request)).status).toBe(200);
      const received = onlyAccepted(backends.standIn.service);
      expect(received.url).toBe(`/prod${request.path}`);
      expect(received.header('host')).toBe(API_HOST);
      expect(received.body.toString()).toBe(request.body ?? '');
      expect(received.verdict.principal.arn).toMatch(/:user\/workload$/);
    });

    it.each([{ method: 'GET' }, { method: 'PUT', body }])(
      'signs $method for S3 with the assumed role',
      async (request) => {
        expect((await gateway.send({ path: '/reports/2026/a//b/../c%20d', ...request })).status).toBe(200);
        const received = onlyAccepted(backends.standIn.service);
        expect(received.url).toBe('/2026/a//b/../c%20d');
        expect(received.header('host')).toBe(BUCKET_HOST);
        expect(received.verdict.principal.roleArn).toBe(REPORTS_WORKLOAD_ROLE);
      },
    );

    it('asks the signer for its health', async () => {
      const healthy = async () => {
        const stats = await gateway.envoy.stats('^cluster\\.sigv4-extproc\\.health_check\\.(success|failure)$');
        return [...stats].map(([name, count]) => `${name.split('.').at(-1)}: ${count > 0}`);
      };
      await expect.poll(healthy).toEqual(['failure: false', 'success: true']);
    });

    it('answers a preflight itself, and routes that do not lead to AWS', async () => {
      await expectCorsAndAlive(gateway, '/orders/', 'client.example');
    });
  });

  describe('downstream-filter.yaml', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway(backends, { placement: 'downstream', version });
    });
    afterAll(() => gateway.close());

    it.each([
      { host: 'orders.example.com', method: 'GET', target: API_HOST, role: ORDERS_CALLER_ROLE },
      { host: 'orders.example.com', method: 'POST', body, target: API_HOST, role: ORDERS_CALLER_ROLE },
      { host: 'invoices.example.com', method: 'GET', target: FUNCTION_HOST, role: INVOICES_CALLER_ROLE },
      { host: 'invoices.example.com', method: 'POST', body, target: FUNCTION_HOST, role: INVOICES_CALLER_ROLE },
    ])('signs $method $host as the caller', async ({ target, role, ...request }) => {
      const headers = [['Authorization', await backends.bearer('alice')]] as const;
      expect((await gateway.send({ path: '/7/b?x=1', headers, ...request })).status).toBe(200);
      const received = onlyAccepted(backends.standIn.service);
      expect(received.url).toBe('/7/b?x=1');
      expect(received.header('host')).toBe(target);
      expect(received.body.toString()).toBe(request.body ?? '');
      expect(received.verdict.principal).toMatchObject({ roleArn: role, subject: 'alice' });
    });

    it("takes off what Lambda refuses, within the example's mutation rules", async () => {
      const headers = [
        ['Authorization', await backends.bearer('alice')],
        ['X-Amzn-Lambda-Context', 'x'],
        ['Content-Type', 'text/plain;\tcharset=utf-8'],
      ] as const;
      expect((await gateway.send({ host: 'invoices.example.com', headers })).status).toBe(200);
      expect(onlyAccepted(backends.standIn.service).header('x-amzn-lambda-context')).toBeUndefined();
    });

    it('refuses a request without a token', async () => {
      const response = await gateway.send({ host: 'orders.example.com' });
      expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
    });

    it('answers a preflight itself, and leaves the signer out where the route says so', async () => {
      await expectCorsAndAlive(gateway, '/', 'orders.example.com');
    });
  });

  describe('ext-authz.yaml', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway(backends, { placement: 'ext-authz', version });
    });
    afterAll(() => gateway.close());

    it.each([{ method: 'GET' }, { method: 'POST', body }])('signs $method as the caller', async (request) => {
      const headers = [['Authorization', await backends.bearer('alice')]] as const;
      const response = await gateway.send({ host: 'orders.example.com', path: '/7/b?x=1', headers, ...request });
      expect(response.status).toBe(200);
      const received = onlyAccepted(backends.standIn.service);
      expect([received.url, received.header('host')]).toEqual(['/7/b?x=1', API_HOST]);
      expect(received.body.toString()).toBe(request.body ?? '');
      expect(received.verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
    });

    it.each([{ method: 'GET' }, { method: 'PUT', body }])(
      'signs $method for S3 with the assumed role, ahead of the rewrites of path and host',
      async (request) => {
        expect((await gateway.send({ path: '/reports/2026/a//b/../c%20d', ...request })).status).toBe(200);
        const received = onlyAccepted(backends.standIn.service);
        expect([received.url, received.header('host')]).toEqual(['/2026/a//b/../c%20d', BUCKET_HOST]);
        expect(received.verdict.principal.roleArn).toBe(REPORTS_WORKLOAD_ROLE);
      },
    );

    it('refuses a request without a token, and a body above the limit', async () => {
      const response = await gateway.send({ host: 'orders.example.com' });
      expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
      const large = { method: 'PUT', path: '/reports/large', body: Buffer.alloc(2 ** 20 + 1) };
      expect((await gateway.send(large)).status).toBe(413);
      expectNothingUpstream(backends.standIn.service);
    });

    it('asks the signer for its health', async () => {
      const succeeded = async () =>
        (await gateway.envoy.stats('^cluster\\.sigv4-extproc\\.health_check\\.success$')).values().next().value;
      await expect.poll(succeeded).toBeGreaterThan(0);
    });

    it('answers a preflight itself, and leaves the signer out where the route says so', async () => {
      await expectCorsAndAlive(gateway, '/', 'orders.example.com');
    });
  });
});

async function expectCorsAndAlive(gateway: Gateway, path: string, host: string): Promise<void> {
  const preflight = await gateway.send({
    ...{ method: 'OPTIONS', path, host },
    headers: [
      ['Origin', 'https://app.example.com'],
      ['Access-Control-Request-Method', 'POST'],
    ],
  });
  expect(preflight.status).toBe(200);
  expect(preflight.headers['access-control-allow-origin']).toBe('https://app.example.com');
  expect(await gateway.send({ path: '/alive' })).toMatchObject({ status: 200, body: 'ok\n' });
  expectNothingUpstream(backends.standIn.service);
}
