import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, startBackends } from './support/backends.ts';
import { workloadApi } from './support/configs.ts';
import { PLACEMENTS, type Route, signerFilters } from './support/example-config.ts';
import { expectRefusal, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

let backends: Backends;
let gateway: Gateway;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: 'unconfigured: pass\n' } });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());
afterEach(() => gateway.close());

describe.each(PLACEMENTS)('a signer whose file says `unconfigured: pass`, %s', (placement) => {
  const start = async (routes: readonly Route[], attributes?: readonly string[]) => {
    gateway = await startGateway(backends, {
      ...{ placement, routes },
      change: (config) => {
        if (!attributes) return;
        for (const { typed_config } of signerFilters(config)) typed_config.request_attributes = attributes;
      },
    });
  };

  it.each([{}, { method: 'POST', body: 'order' }])(
    'lets a request of an unconfigured route out as it came: %o',
    async (request) => {
      await start([route('/')]);
      const headers = [['Authorization', 'Basic dXNlcjpwYXNzd29yZA==']] as const;
      expect((await gateway.send({ host: API_HOST, path: '/a', headers, ...request })).status).toBe(403);
      const [received] = backends.standIn.service.received;
      expect(received?.header('authorization')).toBe('Basic dXNlcjpwYXNzd29yZA==');
      expect(received?.header('x-amz-date')).toBeUndefined();
      expect(received?.body.toString()).toBe(request.body ?? '');
    },
  );

  it('signs what has a config', async () => {
    await start([route('/', workloadApi)]);
    expect((await gateway.send()).status).toBe(200);
    onlyAccepted(backends.standIn.service);
  });

  it('refuses what has a broken one', async () => {
    await start([route('/', { aws_region: 'us-east-1' })]);
    expectRefusal(await gateway.send(), backends.standIn.service, 500, 'SIGV4_CONFIG_INVALID');
  });

  it('refuses where no attribute shows that the route has none', async () => {
    await start([route('/')], ['xds.route_name']);
    expectRefusal(await gateway.send(), backends.standIn.service, 500, 'SIGV4_ROUTE_NOT_CONFIGURED');
  });
});
