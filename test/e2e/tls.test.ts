import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Service, startService } from '../stand-in/index.ts';
import { type Backends, startBackends } from './support/backends.ts';
import { selfSignedCertificate } from './support/certificate.ts';
import { workloadApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

let backends: Backends;
let impostor: Service;
const impostorCertificate = selfSignedCertificate(['*.example.com', '*.amazonaws.com']);
beforeAll(async () => {
  backends = await startBackends();
  impostor = await startService({ store: backends.standIn.store, tls: impostorCertificate });
});
afterAll(async () => {
  await impostor.close();
  await backends.close();
});
beforeEach(() => {
  impostor.reset();
  backends.standIn.service.reset();
});

describe.each(PLACEMENTS)('TLS to AWS, %s', (placement) => {
  let gateway: Gateway | undefined;
  afterEach(() => gateway?.close());

  const routes = [route('/', workloadApi)];

  it('is spoken with a service whose certificate is trusted and is for its name', async () => {
    gateway = await startGateway(backends, { placement, routes });
    expect((await gateway.send()).status).toBe(200);
    onlyAccepted(backends.standIn.service);
    expect(backends.standIn.service.url).toMatch(/^https:/);
    const stats = await gateway.envoy.stats('^cluster\\.aws-execute-api\\.ssl\\.handshake$');
    expect([...stats.values()]).toEqual([1]);
  });

  it('fails where the certificate is of an authority that is not trusted', async () => {
    const ca = selfSignedCertificate(['authority.example']).cert;
    gateway = await startGateway(backends, { placement, routes, addresses: { ca } });
    expect((await gateway.send()).status).toBe(503);
    expectNothingUpstream(backends.standIn.service);
  });

  it('fails where the certificate is trusted but for another name', async () => {
    const addresses = { ca: impostorCertificate.cert, service: impostor.port };
    gateway = await startGateway(backends, { placement, routes, addresses });
    expect((await gateway.send()).status).toBe(503);
    expectNothingUpstream(impostor);
    const stats = await gateway.envoy.stats('^cluster\\.aws-execute-api\\.ssl\\.fail_verify_san$');
    expect([...stats.values()][0]).toBeGreaterThan(0);
  });
});
