import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, startBackends } from './support/backends.ts';
import { workloadApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectRefusal, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const { override_target_host, ...withoutHost } = workloadApi;

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('the authority that is signed and sent, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/port/', { ...workloadApi, override_target_port: 8443 }),
        route('/default-port/', { ...workloadApi, override_target_port: 443, override_target_protocol: 'https' }),
        route('/rewritten/', { ...withoutHost, sign_host: override_target_host }, { host_rewrite_literal: API_HOST }),
        route('/altered/', { ...withoutHost, use_altered_target: true }),
        route('/allowed/', { ...withoutHost, allowed_hosts: ['*.execute-api.us-east-1.amazonaws.com'] }),
        route('/', withoutHost),
      ],
    });
  });
  afterAll(() => gateway.close());

  it.each([
    { rule: 'override_target_host and _port', path: '/port/', host: 'client.example', sent: `${API_HOST}:8443` },
    { rule: 'the default port dropped', path: '/default-port/', host: 'client.example', sent: API_HOST },
    { rule: "sign_host beside Envoy's own rewrite", path: '/rewritten/', host: 'client.example', sent: API_HOST },
    { rule: 'use_altered_target', path: '/altered/', host: API_HOST, sent: API_HOST },
    { rule: 'use_altered_target, byte for byte', path: '/altered/', host: `${API_HOST}:443`, sent: `${API_HOST}:443` },
    { rule: 'a host of allowed_hosts', path: '/allowed/', host: API_HOST, sent: API_HOST },
    { rule: "the client's", path: '/', host: API_HOST, sent: API_HOST },
  ])('follows $rule', async ({ path, host, sent }) => {
    expect((await gateway.send({ path, host })).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).header('host')).toBe(sent);
  });

  it("is refused where it is the client's and not of allowed_hosts", async () => {
    const response = await gateway.send({ path: '/allowed/', host: 'evil.example' });
    expectRefusal(response, backends.standIn.service, 403, 'SIGV4_HOST_NOT_ALLOWED');
  });
});
