import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, BUCKET_HOST, startBackends } from './support/backends.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import type { Placement, Route } from './support/example-config.ts';
import { expectRefusal, onlyAccepted } from './support/expect.ts';
import { ENVOY_VERSIONS } from './support/ext-authz.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const INSTALL_MS = 180_000;
const PROTOCOLS: readonly Placement[] = ['downstream', 'ext-authz'];

/** S3's paths are written anew by the signer, those of other services by nobody. */
const ROUTES: readonly Route[] = [
  rewritten('/strip/', '/', workloadBucket),
  rewritten('/replace/', '/some%20where/', workloadBucket),
  rewritten('/longer', '/l', workloadBucket),
  rewritten('/query/', '/', { ...workloadBucket, sign_query: true }),
  rewritten('/api/', '/prod/@connections/', workloadApi),
  rewritten('/caller/', '/prod/', { ...callerApi, sign_query: true }),
  {
    ...rewritten('/separated', '/s', workloadBucket),
    match: { path_separated_prefix: '/separated' },
  },
  route('/host/', hostSigned(), { prefix_rewrite: '/', host_rewrite_literal: BUCKET_HOST }),
  route('/other/', { ...workloadApi, rewrite_path: { strip_prefix: '/else/', replace: '/' } }),
  route('/not-told/', workloadApi, { prefix_rewrite: '/' }),
];

function rewritten(prefix: string, replace: string, config: object): Route {
  return route(prefix, { ...config, rewrite_path: { strip_prefix: prefix, replace } }, { prefix_rewrite: replace });
}

function hostSigned(): object {
  const { override_target_host: sign_host, ...config } = workloadBucket;
  return { ...config, sign_host, rewrite_path: { strip_prefix: '/host/', replace: '/' } };
}

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PROTOCOLS.flatMap((placement) => ENVOY_VERSIONS.map((version) => ({ placement, version }))))(
  'a rewrite of the path behind the signer, $placement, on Envoy $version',
  ({ placement, version }) => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway(backends, { placement, version, routes: ROUTES });
    }, INSTALL_MS);
    afterAll(() => gateway.close());

    it.each([
      ['/strip/', '/'],
      ['/strip/a/b?x=1', '/a/b?x=1'],
      ['/strip/%7e%2f@(x)//../y?a=b+c&d=%41', '/~/%40%28x%29//../y?a=b%20c&d=A'],
      ['/strip//double', '//double'],
      ['/replace/a%20b@', '/some%20where/a%20b%40'],
      ['/longer/@', '/l/%40'],
      ['/longer%2f@', '/l/%40'],
      ['/separated/@?q', '/s/%40?q'],
      ['/separated', '/s'],
      ['/host/@', '/%40'],
      ['/api/a%3Db/../c?q=a+b', '/prod/@connections/a%3Db/../c?q=a%20b'],
    ])('%s leaves as it was signed: %s', async (path, left) => {
      for (const request of [{ method: 'GET' }, { method: 'PUT', body: 'x' }]) {
        backends.standIn.service.reset();
        expect((await gateway.send({ path, ...request })).status).toBe(200);
        const received = onlyAccepted(backends.standIn.service);
        expect(received.url).toBe(left);
        expect(received.header('host')).toBe(path.startsWith('/api/') ? API_HOST : BUCKET_HOST);
      }
    });

    it.each([
      ['/query/@?a=b', /^\/%40\?a=b&X-Amz-Algorithm=/],
      ['/caller/orders', /^\/prod\/orders\?X-Amz-Algorithm=/],
    ])('%s leaves with the signature in the query', async (path, left) => {
      const headers = [['Authorization', await backends.bearer('alice')]] as const;
      expect((await gateway.send({ path, headers })).status).toBe(200);
      const received = onlyAccepted(backends.standIn.service);
      expect(received.url).toMatch(left);
      expect(received.verdict.source).toBe('query');
    });

    it('that the path does not fit is refused', async () => {
      const response = await gateway.send({ path: '/other/a' });
      expectRefusal(response, backends.standIn.service, 500, 'SIGV4_CONFIG_INVALID');
    });

    it('that the signer is not told of breaks the signature', async () => {
      expect((await gateway.send({ path: '/not-told/a' })).status).toBe(403);
    });
  },
);
