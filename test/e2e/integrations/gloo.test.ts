import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, BUCKET_HOST, REPORTS_WORKLOAD_ROLE, startBackends } from '../support/backends.ts';
import { expectSigned, getAndPost } from './support/expect-signed.ts';
import { manifestsOf } from './support/manifests.ts';
import { type Integration, startIntegration } from './support/run.ts';
import { translateGloo } from './translate/gloo.ts';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(['settings.yaml', 'settings-late.yaml'])('%s', (settings) => {
  let gateway: Integration;
  beforeAll(async () => {
    const files = ['gateway.yaml', 'routes.yaml', settings];
    gateway = await startIntegration(backends, translateGloo(files.flatMap((file) => manifestsOf('gloo', file))));
  });
  afterAll(() => gateway.close());

  it.each(getAndPost('/prod/orders'))('signs $method for the API as the workload', async (request) => {
    const sent = { host: 'orders.example.com', ...request };
    const { verdict } = await expectSigned(backends, gateway, sent, { host: API_HOST });
    expect(verdict.principal.arn).toMatch(/:user\/workload$/);
  });

  it.each(getAndPost('/2026/a'))('signs $method for the bucket with the assumed role', async (request) => {
    const sent = { host: 'reports.example.com', ...request };
    const { verdict } = await expectSigned(backends, gateway, sent, { host: BUCKET_HOST });
    expect(verdict.principal.roleArn).toBe(REPORTS_WORKLOAD_ROLE);
  });
});
