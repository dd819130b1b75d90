import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';
import { type Backends, ORDERS_CALLER_ROLE, startBackends } from './support/backends.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { type Bootstrap, connectionManager } from './support/example-config.ts';
import { type Gateway, type GatewayOptions, route, startGateway } from './support/gateway.ts';

const PARENT = '00f067aa0ba902b7';

let collector: OtlpCollector;
let ids = 0;
beforeAll(async () => {
  collector = await startOtlpCollector();
});
afterAll(() => collector.close());

const nextTraceId = () => (++ids).toString(16).padStart(32, 'a');
const ofTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
/** Resolves to the spans of a trace once there are so many. */
const spans = async (traceId: string, count: number) => {
  await expect.poll(() => ofTrace(traceId).length, { timeout: 10_000 }).toBe(count);
  return ofTrace(traceId);
};

async function withGateway(
  signer: { config?: string; env?: Record<string, string> },
  use: (backends: Backends, gateway: Gateway) => Promise<void>,
  options: Partial<GatewayOptions> = {},
): Promise<void> {
  const backends = await startBackends({ signer });
  const routes = [
    route('/caller/', { ...callerApi, session_name: '{claim.sub}' }),
    route('/keys/', workloadApi),
    route('/typo/', { ...workloadApi, aws_regoin: 'x' }),
  ];
  const gateway = await startGateway(backends, { placement: 'downstream', routes, ...options });
  try {
    await use(backends, gateway);
  } finally {
    await gateway.close();
    await backends.close();
  }
}

describe('traces over OTLP', () => {
  it("join the request's trace, with a span for each call to STS, and no secret or ARN in them", async () => {
    await withGateway({ config: `telemetry: { otlp_endpoint: "${collector.url}" }\n` }, async (backends, gateway) => {
      const traceId = nextTraceId();
      const authorization = await backends.bearer('traced');
      const headers = [
        ['traceparent', `00-${traceId}-${PARENT}-01`],
        ['authorization', authorization],
      ] as const;
      expect((await gateway.send({ path: '/caller/1', headers })).status).toBe(200);
      const [sts, request] = await spans(traceId, 2);
      expect(request).toMatchObject({ name: 'sign', parentSpanId: PARENT, service: 'sigv4-extproc', failed: false });
      expect(request?.attributes).toEqual({
        'sigv4.outcome': 'signed',
        'sigv4.route': '/caller/',
        'sigv4.service': 'execute-api',
        'sigv4.region': 'us-east-1',
      });
      expect(sts).toMatchObject({
        name: 'STS/AssumeRoleWithWebIdentity',
        parentSpanId: request?.spanId,
        failed: false,
      });
      expect(sts?.attributes).toMatchObject({ 'rpc.service': 'STS', 'sigv4.outcome': 'ok' });
      expect(sts?.milliseconds).toBeGreaterThan(0);
      expect(sts?.milliseconds).toBeLessThanOrEqual(request?.milliseconds ?? 0);

      expect((await gateway.send({ path: '/caller/1', headers })).status).toBe(200);
      expect(await spans(traceId, 3)).toHaveLength(3);

      const failing = nextTraceId();
      const bad = await gateway.send({ path: '/typo/1', headers: [['traceparent', `00-${failing}-${PARENT}-01`]] });
      expect(bad.status).toBe(500);
      expect(await spans(failing, 1)).toMatchObject([
        { failed: true, attributes: { 'sigv4.outcome': 'failed', 'sigv4.code': 'SIGV4_CONFIG_INVALID' } },
      ]);
      await expect.poll(() => backends.signer.output()).toContain(`"trace_id":"${failing}"`);

      const told = collector.received.join('\n');
      for (const secret of [
        ...backends.standIn.store.secrets(),
        ...authorization.split('.').slice(1),
        ORDERS_CALLER_ROLE,
        'traced',
      ]) {
        expect(told.includes(secret)).toBe(false);
      }
    });
  });

  it('follow what the parent decided, and name roles where the file says so', async () => {
    const config = `telemetry: { otlp_endpoint: "${collector.url}", sample: 0, role_arns: true }\n`;
    await withGateway({ config }, async (backends, gateway) => {
      const [unsampled, sampled] = [nextTraceId(), nextTraceId()];
      const before = collector.spans.length;
      const authorization = await backends.bearer('bob');
      for (const header of [`00-${unsampled}-${PARENT}-00`, '00-nonsense', `00-${sampled}-${PARENT}-01`]) {
        const headers = [
          ['traceparent', header],
          ['authorization', authorization],
        ] as const;
        expect((await gateway.send({ path: '/caller/1', headers })).status).toBe(200);
      }
      const [request] = await spans(sampled, 1);
      expect(request?.attributes['sigv4.role']).toBe(ORDERS_CALLER_ROLE);
      expect(collector.spans).toHaveLength(before + 1);
    });
  });

  it('are asked for by the standard environment, too; what is left is sent at the end', async () => {
    const traceId = nextTraceId();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'signer-of-team-a' };
    await withGateway({ env }, async (backends, gateway) => {
      await gateway.send({ path: '/keys/1', headers: [['traceparent', `00-${traceId}-${PARENT}-01`]] });
      expect((await backends.signer.close()).code).toBe(0);
      expect(await spans(traceId, 1)).toMatchObject([{ service: 'signer-of-team-a' }]);
    });
  });

  it("are part of Envoy's own, where Envoy traces", async () => {
    const config = `telemetry: { otlp_endpoint: "${collector.url}" }\n`;
    await withGateway(
      { config },
      async (_, gateway) => {
        const traceId = nextTraceId();
        await gateway.send({ path: '/keys/1', headers: [['traceparent', `00-${traceId}-${PARENT}-01`]] });
        const [request] = await spans(traceId, 1);
        expect(request?.parentSpanId).toMatch(/^[0-9a-f]{16}$/);
        expect(request?.parentSpanId).not.toBe(PARENT);
      },
      { change: (bootstrap) => traceInEnvoy(bootstrap, collector.port) },
    );
  });

  it('lend their id to the log, of sampled lines too', async () => {
    await withGateway({ config: 'log: { access_sample: 1 }\n' }, async (backends, gateway) => {
      const traceId = nextTraceId();
      const headers = [['traceparent', `00-${traceId}-${PARENT}-01`]] as const;
      expect((await gateway.send({ path: '/keys/1', headers })).status).toBe(200);
      const line = () =>
        backends.signer
          .output()
          .split('\n')
          .find((text) => text.includes('request signed'));
      await expect.poll(line).toBeDefined();
      expect(JSON.parse(line() ?? '')).toMatchObject({
        ...{ outcome: 'signed', service: 'execute-api', region: 'us-east-1', route: '/keys/', trace_id: traceId },
        ...{ request_id: expect.stringMatching(/^[0-9a-f-]{36}$/), seconds: expect.any(Number) },
      });
    });
  });

  it('that cannot be sent cost a line in the log, and no request', async () => {
    const config = 'telemetry: { otlp_endpoint: "http://127.0.0.1:1" }\n';
    await withGateway({ config }, async (backends, gateway) => {
      for (let each = 0; each < 3; each++) expect((await gateway.send({ path: '/keys/1' })).status).toBe(200);
      const lines = () => backends.signer.output().match(/"traces cannot be sent"/g)?.length ?? 0;
      await expect.poll(lines, { timeout: 15_000 }).toBe(1);
    });
  });
});

function traceInEnvoy(bootstrap: Bootstrap, port: number): void {
  const type = 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig';
  Object.assign(connectionManager(bootstrap), {
    tracing: {
      provider: {
        name: 'envoy.tracers.opentelemetry',
        typed_config: {
          '@type': type,
          http_service: { http_uri: { uri: `http://127.0.0.1:${port}/envoy`, cluster: 'collector', timeout: '1s' } },
          service_name: 'gateway',
        },
      },
    },
  });
  const endpoint = { address: { socket_address: { address: '127.0.0.1', port_value: port } } };
  const collectorCluster = {
    name: 'collector',
    load_assignment: { cluster_name: 'collector', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
  bootstrap.static_resources.clusters.push({
    ...collectorCluster,
    type: 'STATIC',
  } as (typeof bootstrap.static_resources.clusters)[number]);
}
