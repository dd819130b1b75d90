import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, startBackends } from '../e2e/support/backends.ts';
import { send } from '../e2e/support/client.ts';
import { configAt } from '../e2e/support/example-config.ts';
import { onlyAccepted } from '../e2e/support/expect.ts';
import { startEnvoy } from '../support/envoy.ts';
import { CASES } from './support/cases.ts';
import { findHelm, type Helm, objectsOf, type Values } from './support/chart.ts';

const helm = await findHelm();

describe.skipIf(helm === undefined)("the example's Envoy", () => {
  let backends: Backends;
  beforeAll(async () => {
    backends = await startBackends();
  });
  afterAll(() => backends.close());

  const bootstrap = async (values: Values) => {
    const objects = await objectsOf(helm as Helm, values);
    return objects.find(({ data }) => data?.['envoy.yaml'] !== undefined)?.data?.['envoy.yaml'] ?? '';
  };

  it('signs what goes through it', async () => {
    const example = { enabled: true, envoyImage: 'e:1', host: API_HOST, region: 'us-east-1', service: 'execute-api' };
    const text = await bootstrap({ ...CASES.sidecar, sidecar: { example } });
    const envoy = await startEnvoy({ config: configAt(text, backends.addresses) });
    try {
      const response = await send(envoy.listenerPorts.get('gateway') ?? 0, { path: '/prod/orders' });
      expect(response.status).toBe(200);
      expect(onlyAccepted(backends.standIn.service).verdict).toMatchObject({ ok: true });
    } finally {
      await envoy.close();
    }
  });

  it('asks at the socket that the signer listens on', async () => {
    const text = await bootstrap(CASES['sidecar, example on a unix socket, not native'] ?? {});
    expect(text).toContain('{pipe: {path: /run/sigv4-extproc/grpc.sock}}');
  });
});
