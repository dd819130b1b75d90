import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { API_HOST, type Backends, ORDERS_CALLER_ROLE, startBackends } from '../support/backends.ts';
import { expectRefusal } from '../support/expect.ts';
import { expectSigned, getAndPost } from './support/expect-signed.ts';
import { manifestsOf } from './support/manifests.ts';
import { type Integration, startIntegration } from './support/run.ts';
import { translateKgateway } from './translate/kgateway.ts';

const host = 'orders.example.com';
const profiles = join(import.meta.dirname, '..', '..', '..', 'envoy', 'kgateway', 'signer', 'server.yaml');

let backends: Backends;
let gateway: Integration;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: readFileSync(profiles, 'utf8') } });
  gateway = await startIntegration(backends, translateKgateway(manifestsOf('kgateway')));
});
afterAll(async () => {
  await gateway.close();
  await backends.close();
});
beforeEach(() => backends.standIn.service.reset());

it.each(getAndPost('/prod/orders'))(
  'signs $method as the caller, by the profile that the authority names',
  async (request) => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    const { verdict } = await expectSigned(backends, gateway, { host, headers, ...request }, { host: API_HOST });
    expect(verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
  },
);

it('refuses a request without a token', async () => {
  expectRefusal(await gateway.send({ host }), backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
});
