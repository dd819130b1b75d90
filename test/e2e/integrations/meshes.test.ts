import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, startBackends } from '../support/backends.ts';
import { expectSigned, getAndPost } from './support/expect-signed.ts';
import { manifestsOf } from './support/manifests.ts';
import { type Integration, startIntegration } from './support/run.ts';
import { translateConsul } from './translate/consul.ts';
import { translateKuma } from './translate/kuma.ts';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each([
  ['consul', '127.0.0.1:9191', translateConsul],
  ['kuma', 'orders-api.extsvc.mesh.local', translateKuma],
] as const)('%s', (mesh, host, translate) => {
  let sidecar: Integration;
  beforeAll(async () => {
    sidecar = await startIntegration(backends, translate(manifestsOf(mesh)));
  });
  afterAll(() => sidecar.close());

  it.each(getAndPost('/prod/orders'))('signs $method as the workload', async (request) => {
    const { verdict } = await expectSigned(backends, sidecar, { host, ...request }, { host: API_HOST });
    expect(verdict.principal.arn).toMatch(/:user\/workload$/);
  });
});
