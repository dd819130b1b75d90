import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Backends, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE, startBackends } from './support/backends.ts';
import type { ClientRequest } from './support/client.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import { type Bootstrap, connectionManager, PLACEMENTS, signerFilters } from './support/example-config.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const fragments = parse(readFileSync(join(import.meta.dirname, '..', '..', 'envoy', 'access-log.yaml'), 'utf8')) as {
  access_log: object[];
  metadata_options: object;
};

function withAccessLog(config: Bootstrap): void {
  Object.assign(connectionManager(config), { access_log: fragments.access_log });
  for (const filter of signerFilters(config)) filter.typed_config.metadata_options = fragments.metadata_options;
}

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({
    signer: {
      config: `dynamic_metadata: true\nrole_mappings:\n  - { claim: groups, equals: ops, role_arn: "${ORDERS_CALLER_ROLE}" }\n`,
    },
  });
});
afterAll(() => backends.close());

const WEB = 'execute-api';

describe.each(PLACEMENTS)("envoy/access-log.yaml, %s: the access log's line", (placement) => {
  let gateway: Gateway;
  let statuses: Map<string, number>;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/caller/', callerApi),
        route('/role/', workloadBucket),
        route('/keys/', workloadApi),
        route('/mapped/', { ...workloadApi, credential_source: 'caller' }),
        route('/typo/', { ...workloadApi, aws_regoin: 'x' }),
      ],
      change: withAccessLog,
    });
    const token = await backends.standIn.issuer.issueToken({ sub: `mapped-${placement}`, groups: ['ops'] });
    const ask = async (path: string, request: ClientRequest = {}) =>
      [path, (await gateway.send({ path, ...request })).status] as const;
    statuses = new Map([
      await ask('/role/1', { method: 'POST', body: 'x' }),
      await ask('/keys/1'),
      await ask('/mapped/1', { headers: [['authorization', `Bearer ${token}`]] }),
      await ask('/caller/1'),
      await ask('/typo/1'),
    ]);
  });
  afterAll(() => gateway.close());

  const linesOf = (path: string): object[] =>
    gateway.envoy
      .output()
      .split('\n')
      .filter((line) => line.includes(`"path":"${path}"`))
      .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as object);

  it.each([
    [
      '/role/1',
      200,
      { signed: true, outcome: 'signed', service: 's3', region: 'eu-west-1', role: REPORTS_WORKLOAD_ROLE },
    ],
    ['/keys/1', 200, { signed: true, outcome: 'signed', service: WEB, region: 'us-east-1', role: null, code: null }],
    ['/mapped/1', 200, { signed: true, role: ORDERS_CALLER_ROLE }],
    ['/caller/1', 401, { signed: false, outcome: 'refused', code: 'SIGV4_TOKEN_MISSING', service: WEB }],
    ['/typo/1', 500, { signed: false, outcome: 'failed', code: 'SIGV4_CONFIG_INVALID', service: null }],
  ])('of %s', async (path, status, told) => {
    expect(statuses.get(path)).toBe(status);
    // Envoy writes its access log out every ten seconds.
    await expect.poll(() => linesOf(path), { timeout: 20_000 }).toMatchObject([{ status, ...told }]);
  });
});
