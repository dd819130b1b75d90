import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, ORDERS_CALLER_ROLE, startBackends } from '../support/backends.ts';
import { expectNothingUpstream } from '../support/expect.ts';
import { expectSigned, getAndPost } from './support/expect-signed.ts';
import { manifestsOf } from './support/manifests.ts';
import { type Integration, startIntegration } from './support/run.ts';
import { translateContour } from './translate/contour.ts';
import { translateEmissary } from './translate/emissary.ts';

const host = 'orders.example.com';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each([
  // Emissary replaces the prefix /orders/ by /prod/orders/ after the signature.
  ['contour', translateContour, '/prod/orders/7', '/prod/orders/7'],
  ['emissary', translateEmissary, '/orders/7', '/prod/orders/7'],
] as const)('%s', (name, translate, path, signedPath) => {
  let gateway: Integration;
  beforeAll(async () => {
    gateway = await startIntegration(backends, translate(manifestsOf(name)));
  });
  afterAll(() => gateway.close());

  it.each(getAndPost(path))('signs $method as the caller', async (request) => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    const url = request.path.replace(path, signedPath);
    const { verdict } = await expectSigned(backends, gateway, { host, headers, ...request }, { host: API_HOST, url });
    expect(verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
  });

  it('forwards nothing of a body above the limit', async () => {
    const response = await gateway.send({ host, path, method: 'POST', body: 'x'.repeat(1_100_000) });
    expect(response.status).toBe(413);
    expectNothingUpstream(backends.standIn.service);
  });
});
