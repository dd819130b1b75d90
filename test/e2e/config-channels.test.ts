import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, startBackends } from './support/backends.ts';
import { workloadApi } from './support/configs.ts';
import { type Bootstrap, connectionManager, PLACEMENTS, type Route, signerFilters } from './support/example-config.ts';
import { expectRefusal, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const INSTALL_MS = 180_000;
const serverFile = `
profiles:
  orders: {aws_region: us-east-1, aws_service: execute-api, override_target_host: ${API_HOST}}
  by-route-name: {aws_region: us-east-1, aws_service: execute-api, override_target_host: ${API_HOST}}
  by-grpc-authority: {aws_region: us-east-1, aws_service: execute-api, override_target_host: ${API_HOST}}
  "für Bücher": {aws_region: us-east-1, aws_service: execute-api, override_target_host: ${API_HOST}}
`;
/** A value that a plain gRPC key cannot carry. */
const nonAscii = { profile: 'für Bücher' };

let backends: Backends;
let gateway: Gateway;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: serverFile } });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());
afterEach(() => gateway.close());

describe.each(PLACEMENTS)('signing config, %s', (placement) => {
  const start = async (routes: readonly Route[], change?: (config: Bootstrap) => void) => {
    gateway = await startGateway(backends, { placement, routes, ...(change && { change }) });
  };

  async function expectSigned(): Promise<void> {
    expect(await gateway.send()).toMatchObject({ status: 200 });
    expect(onlyAccepted(backends.standIn.service).header('host')).toBe(API_HOST);
  }

  describe('of the route', () => {
    it.each([
      { channel: 'initial metadata of the example', change: withoutAttributes },
      { channel: 'initial metadata under the plain key', change: andThen(withoutAttributes, withPlainKey) },
      { channel: 'the metadata attribute', change: withoutInitialMetadata },
    ])('comes by $channel alone', async ({ change }) => {
      await start([route('/', workloadApi)], change);
      await expectSigned();
    });

    it.each([
      { channel: 'initial metadata of the example', change: withoutAttributes },
      { channel: 'the metadata attribute', change: withoutInitialMetadata },
      { channel: 'the attribute where the plain key loses it', change: withPlainKey },
    ])('may hold text that is not ASCII, by $channel', async ({ change }) => {
      await start([route('/', nonAscii)], change);
      await expectSigned();
    });

    it('that the plain key loses is refused where nothing else brings it', async () => {
      await start([route('/', nonAscii)], andThen(withPlainKey, withoutAttributes));
      expectRefusal(await gateway.send(), backends.standIn.service, 500, 'SIGV4_ROUTE_NOT_CONFIGURED');
    });

    it('is refused with the name of a field that is unknown, or wrong', async () => {
      await start([
        route('/unknown/', { ...workloadApi, aws_regionn: 'x' }),
        route('/wrong/', { ...workloadApi, override_target_port: 'https' }),
        route('/missing/', { aws_region: 'us-east-1' }),
        route('/profile/', { profile: 'nobody' }),
        route('/', workloadApi),
      ]);
      for (const [path, name] of [
        ['/unknown/', 'aws_regionn'],
        ['/wrong/', 'override_target_port'],
        ['/missing/', 'aws_service'],
      ] as const) {
        const response = await gateway.send({ path });
        expectRefusal(response, backends.standIn.service, 500, 'SIGV4_CONFIG_INVALID');
        expect(response.body).toContain(name);
      }
      const response = await gateway.send({ path: '/profile/' });
      expectRefusal(response, backends.standIn.service, 500, 'SIGV4_PROFILE_UNKNOWN');
      await expectSigned();
    });
  });

  it('that is nowhere is an error', async () => {
    await start([route('/')]);
    for (const request of [{}, { method: 'POST', body: 'x' }]) {
      expectRefusal(await gateway.send(request), backends.standIn.service, 500, 'SIGV4_ROUTE_NOT_CONFIGURED');
    }
  });

  it('cannot come from the client', async () => {
    await start([route('/')]);
    const text = JSON.stringify(workloadApi);
    const headers = ['x-aws-request-signing', 'x-aws-request-signing-bin'].map((name) => [name, text] as const);
    expectRefusal(await gateway.send({ headers }), backends.standIn.service, 500, 'SIGV4_ROUTE_NOT_CONFIGURED');
  });

  it.each([
    { by: 'the profile that it names', routes: [route('/', { profile: 'orders' })] },
    { by: 'the profile with the name of the route', routes: [{ ...route('/'), name: 'by-route-name' }] },
  ])('comes from $by', async ({ routes }) => {
    await start(routes);
    await expectSigned();
  });

  it('comes from the profile with the name of the gRPC authority', async () => {
    await start([route('/')], (config) => {
      for (const { typed_config } of signerFilters(config)) {
        const service = typed_config.grpc_service as { envoy_grpc: Record<string, unknown> };
        service.envoy_grpc.authority = 'by-grpc-authority';
      }
    });
    await expectSigned();
  });

  it('is merged from cluster, virtual host and route, the nearer one winning', async () => {
    const metadata = (fields: object) => ({ filter_metadata: { 'aws-request-signing': fields } });
    await start([route('/', { aws_service: 'execute-api' })], (config) => {
      for (const cluster of config.static_resources.clusters) {
        cluster.metadata = metadata({ override_target_host: API_HOST, aws_region: 'eu-north-1' });
      }
      for (const host of connectionManager(config).route_config.virtual_hosts) {
        host.metadata = metadata({ aws_region: 'us-east-1', aws_service: 'sqs' });
      }
    });
    await expectSigned();
  });

  it('is read from the debug text that Envoy 1.37.0 sends', { timeout: INSTALL_MS }, async () => {
    const routes = [route('/', workloadApi)];
    gateway = await startGateway(backends, { placement, routes, version: '1.37.0', change: withoutInitialMetadata });
    await expectSigned();
  });
});

describe('signing config, downstream', () => {
  it("comes as Envoy Gateway's annotation", async () => {
    const annotations = { 'aws-request-signing': JSON.stringify(workloadApi) };
    const metadata = { filter_metadata: { 'envoy-gateway': { resources: [{ kind: 'HTTPRoute', annotations }] } } };
    gateway = await startGateway(backends, { placement: 'downstream', routes: [{ ...route('/'), metadata }] });
    expect((await gateway.send()).status).toBe(200);
    onlyAccepted(backends.standIn.service);
  });

  it('comes from dynamic metadata that an earlier filter set, over the route', async () => {
    gateway = await startGateway(backends, {
      placement: 'downstream',
      routes: [route('/', { ...workloadApi, aws_region: 'eu-north-1' })],
      change: withDynamicMetadata({ aws_region: 'us-east-1' }),
    });
    expect((await gateway.send()).status).toBe(200);
    onlyAccepted(backends.standIn.service);
  });
});

function withoutAttributes(config: Bootstrap): void {
  for (const { typed_config } of signerFilters(config)) delete typed_config.request_attributes;
}

function withoutInitialMetadata(config: Bootstrap): void {
  for (const { typed_config } of signerFilters(config)) {
    delete (typed_config.grpc_service as { initial_metadata?: unknown }).initial_metadata;
  }
}

function withPlainKey(config: Bootstrap): void {
  for (const { typed_config } of signerFilters(config)) {
    const value = '%METADATA(ROUTE:aws-request-signing)%';
    Object.assign(typed_config.grpc_service as object, { initial_metadata: [{ key: 'x-aws-request-signing', value }] });
  }
}

function andThen(first: (config: Bootstrap) => void, second: (config: Bootstrap) => void) {
  return (config: Bootstrap) => {
    first(config);
    second(config);
  };
}

function withDynamicMetadata(fields: object) {
  return (config: Bootstrap) => {
    const metadata_namespace = 'aws-request-signing';
    connectionManager(config).http_filters.unshift({
      name: 'envoy.filters.http.set_metadata',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config',
        metadata: [{ metadata_namespace, value: fields }],
      },
    });
    for (const { typed_config } of signerFilters(config)) {
      typed_config.metadata_options = { forwarding_namespaces: { untyped: [metadata_namespace] } };
    }
  };
}
