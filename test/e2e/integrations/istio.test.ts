import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, ORDERS_CALLER_ROLE, startBackends } from '../support/backends.ts';
import { expectRefusal } from '../support/expect.ts';
import { expectSigned, getAndPost } from './support/expect-signed.ts';
import { manifestsOf } from './support/manifests.ts';
import { type Integration, startIntegration } from './support/run.ts';
import { type Context, translateIstio } from './translate/istio.ts';

const requests = getAndPost('/prod/orders');

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

const start = (file: string, context: Context) =>
  startIntegration(backends, translateIstio(manifestsOf('istio', file), context));

describe('sidecar.yaml', () => {
  let sidecar: Integration;
  beforeAll(async () => {
    sidecar = await start('sidecar.yaml', 'SIDECAR_OUTBOUND');
  });
  afterAll(() => sidecar.close());

  it.each(requests)('signs $method as the workload', async (request) => {
    const { verdict } = await expectSigned(backends, sidecar, { host: API_HOST, ...request }, { host: API_HOST });
    expect(verdict.principal.arn).toMatch(/:user\/workload$/);
  });
});

describe('egress-gateway.yaml', () => {
  let gateway: Integration;
  beforeAll(async () => {
    gateway = await start('egress-gateway.yaml', 'GATEWAY');
  });
  afterAll(() => gateway.close());

  it.each(requests)('signs $method as the caller', async (request) => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    const sent = { host: API_HOST, headers, ...request };
    const { verdict } = await expectSigned(backends, gateway, sent, { host: API_HOST });
    expect(verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
  });

  it('refuses a request without a token', async () => {
    const response = await gateway.send({ host: API_HOST });
    expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
  });
});
