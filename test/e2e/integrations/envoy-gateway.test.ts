import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  API_HOST,
  type Backends,
  BUCKET_HOST,
  ORDERS_CALLER_ROLE,
  REPORTS_WORKLOAD_ROLE,
  startBackends,
} from '../support/backends.ts';
import { expectRefusal } from '../support/expect.ts';
import { expectSigned, getAndPost } from './support/expect-signed.ts';
import { manifestsOf } from './support/manifests.ts';
import { type Integration, startIntegration } from './support/run.ts';
import { translateEnvoyGateway } from './translate/envoy-gateway.ts';

const KEY = '/2026/a//b/c%20d';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each([
  ['gateway.yaml, routes.yaml', false],
  ['with patch.yaml', true],
])('%s', (_, patched) => {
  let gateway: Integration;
  beforeAll(async () => {
    gateway = await startIntegration(backends, translateEnvoyGateway(manifestsOf('envoy-gateway'), patched));
  });
  afterAll(() => gateway.close());

  it.each(getAndPost('/prod/orders'))('signs $method for the API as the caller', async (request) => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    const sent = { host: 'orders.example.com', headers, ...request };
    const { verdict } = await expectSigned(backends, gateway, sent, { host: API_HOST });
    expect(verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
  });

  it.each([{ method: 'GET' }, { method: 'PUT', body: 'x'.repeat(100_000) }])(
    'signs $method for the bucket with the assumed role, by the host of the backend',
    async (request) => {
      const sent = { host: 'reports.example.com', path: KEY, ...request };
      const { verdict } = await expectSigned(backends, gateway, sent, { host: BUCKET_HOST });
      expect(verdict.principal.roleArn).toBe(REPORTS_WORKLOAD_ROLE);
    },
  );

  it('refuses a request without a token', async () => {
    const response = await gateway.send({ host: 'orders.example.com' });
    expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
  });
});
