import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedRequest } from '../stand-in/index.ts';
import { API_HOST, type Backends, startBackends } from './support/backends.ts';
import { workloadApi } from './support/configs.ts';
import { connectionManager } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted, valuesOf } from './support/expect.ts';
import { ENVOY_VERSIONS, extAuthz } from './support/ext-authz.ts';
import { type FakeAuthorization, startFakeAuthorization } from './support/fake-authorization.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const INSTALL_MS = 180_000;

let backends: Backends;
let fake: FakeAuthorization;
beforeAll(async () => {
  backends = await startBackends();
  fake = await startFakeAuthorization();
});
afterAll(async () => {
  fake.close();
  await backends.close();
});
beforeEach(() => backends.standIn.service.reset());

/** What the signer's answers rest on, seen of Envoy itself with answers that the signer would not give. */
describe.each(ENVOY_VERSIONS)('Envoy %s makes of a check’s answer', (version) => {
  let gateway: Gateway;
  beforeAll(async () => {
    const settings = { decoder_header_mutation_rules: undefined };
    const options = extAuthz(version, [route('/', workloadApi)], settings);
    gateway = await startGateway(backends, { ...options, addresses: { signer: fake.port } });
  }, INSTALL_MS);
  afterAll(() => gateway.close());

  /** The request behind an answer of these headers, whatever the service says of its signature. */
  async function behind(headers: object[], headers_to_remove: string[] = []): Promise<ReceivedRequest> {
    fake.answer = { status: { code: 0 }, ok_response: { headers, headers_to_remove } };
    const twice = ['authorization', 'x-amz-meta-a'].flatMap((name) => [[name, '1'] as const, [name, '2'] as const]);
    await gateway.send({ method: 'POST', path: '/a?b=c', headers: [...twice, ['cookie', 'a=1']], body: 'x' });
    const [received] = backends.standIn.service.received;
    if (received === undefined) throw new Error('nothing arrived');
    return received;
  }
  const set = (key: string, value: string, more: object = {}) => ({ header: { key, value }, ...more });

  it('that a name which is set and removed is gone', async () => {
    const received = await behind([set('authorization', 'AWS4-HMAC-SHA256 ours')], ['authorization', 'cookie']);
    expect(valuesOf(received, 'authorization')).toEqual([]);
    expect(valuesOf(received, 'cookie')).toEqual([]);
  });

  it.each([{}, { append_action: 2 }])('that what is set replaces every copy, with %j', async (more) => {
    const received = await behind([set('authorization', 'ours', more), set('x-amz-meta-b', 'new', more)]);
    expect(valuesOf(received, 'authorization')).toEqual(['ours']);
    expect(valuesOf(received, 'x-amz-meta-b')).toEqual(['new']);
    expect(valuesOf(received, 'x-amz-meta-a')).toEqual(['1', '2']);
  });

  it('nothing of raw_value', async () => {
    const received = await behind([{ header: { key: 'x-amz-meta-b', raw_value: Buffer.from('raw') } }]);
    expect(valuesOf(received, 'x-amz-meta-b')).toEqual(['']);
  });

  it('another path, authority and length', async () => {
    const received = await behind([
      set(':path', '/n%2Fw?y=1&x=2'),
      set(':authority', API_HOST),
      set('content-length', '1'),
    ]);
    expect(received.url).toBe('/n%2Fw?y=1&x=2');
    expect(valuesOf(received, 'host')).toEqual([API_HOST]);
    expect(valuesOf(received, 'content-length')).toEqual(['1']);
  });

  it('a refusal, where it is an answer; a pass, where it is called an error and errors pass', async () => {
    const options = extAuthz(version, [route('/', workloadApi)], { failure_mode_allow: true });
    const lenient = await startGateway(backends, { ...options, addresses: { signer: fake.port } });
    const body = { status: { code: 503 }, body: '{}' };
    fake.answer = { status: { code: 7 }, denied_response: body };
    expect((await lenient.send()).status).toBe(503);
    expectNothingUpstream(backends.standIn.service);
    await lenient.close();
  });
});

describe.each(ENVOY_VERSIONS)('where Envoy %s clears the route cache', (version) => {
  /** One virtual host for the client's name alone, so that another host leads nowhere. */
  async function gatewayOf(config: object, action: object = {}): Promise<Gateway> {
    const options = extAuthz(version, [], { clear_route_cache: true });
    return startGateway(backends, {
      ...options,
      change: (bootstrap) => {
        options.change?.(bootstrap);
        const routes = [route('/', config, action)];
        connectionManager(bootstrap).route_config.virtual_hosts = [
          { name: 'only', domains: ['client.example'], routes },
        ];
      },
    });
  }

  it('a route that sets another host is not found again', async () => {
    const gateway = await gatewayOf(workloadApi);
    const { status } = await gateway.send({ path: '/a' });
    await gateway.close();
    expect(status).toBe(404);
    expectNothingUpstream(backends.standIn.service);
  });

  it('sign_host signs what the gateway makes of the host', async () => {
    const { override_target_host: sign_host, ...config } = workloadApi;
    const gateway = await gatewayOf({ ...config, sign_host }, { host_rewrite_literal: API_HOST });
    const { status } = await gateway.send({ method: 'POST', path: '/a?b=c+d', body: 'x' });
    await gateway.close();
    expect(status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).header('host')).toBe(API_HOST);
  });
});
