import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { API_HOST, type Backends, startBackends } from '../support/backends.ts';
import { expectNothingUpstream } from '../support/expect.ts';
import { manifestsOf } from './support/manifests.ts';
import { startIntegration } from './support/run.ts';
import type { EnvoyConfig } from './translate/base.ts';
import { translateConsul } from './translate/consul.ts';
import { translateContour } from './translate/contour.ts';
import { translateEmissary } from './translate/emissary.ts';
import { translateEnvoyGateway } from './translate/envoy-gateway.ts';
import { translateGloo } from './translate/gloo.ts';
import { translateIstio } from './translate/istio.ts';
import { translateKgateway } from './translate/kgateway.ts';
import { translateKuma } from './translate/kuma.ts';

const gloo = (settings: string) =>
  translateGloo(['gateway.yaml', 'routes.yaml', settings].flatMap((file) => manifestsOf('gloo', file)));
const GATEWAYS: readonly (readonly [name: string, host: string, config: () => EnvoyConfig])[] = [
  ['istio/sidecar.yaml', API_HOST, () => translateIstio(manifestsOf('istio', 'sidecar.yaml'), 'SIDECAR_OUTBOUND')],
  ['istio/egress-gateway.yaml', API_HOST, () => translateIstio(manifestsOf('istio', 'egress-gateway.yaml'), 'GATEWAY')],
  ['envoy-gateway', 'orders.example.com', () => translateEnvoyGateway(manifestsOf('envoy-gateway'), false)],
  ['envoy-gateway, patched', 'orders.example.com', () => translateEnvoyGateway(manifestsOf('envoy-gateway'), true)],
  ['gloo/settings.yaml', 'orders.example.com', () => gloo('settings.yaml')],
  ['gloo/settings-late.yaml', 'orders.example.com', () => gloo('settings-late.yaml')],
  ['kgateway', 'orders.example.com', () => translateKgateway(manifestsOf('kgateway'))],
  ['contour', 'orders.example.com', () => translateContour(manifestsOf('contour'))],
  ['emissary', 'orders.example.com', () => translateEmissary(manifestsOf('emissary'))],
  ['consul', '127.0.0.1:9191', () => translateConsul(manifestsOf('consul'))],
  ['kuma', 'orders-api.extsvc.mesh.local', () => translateKuma(manifestsOf('kuma'))],
];

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
  await backends.signer.close();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

it.each(GATEWAYS)('%s forwards nothing while the signer is away', async (_, host, config) => {
  const gateway = await startIntegration(backends, config());
  try {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    for (const body of [undefined, '{"order": 7}']) {
      const request = { host, path: '/orders/7', headers, ...(body !== undefined && { method: 'POST', body }) };
      expect((await gateway.send(request)).status).toBeGreaterThanOrEqual(403);
    }
    expectNothingUpstream(backends.standIn.service);
  } finally {
    await gateway.close();
  }
});
