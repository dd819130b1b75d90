import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metric } from '../support/metrics.ts';
import { REDIS_ABSENT, type Redis, startRedis } from '../support/redis.ts';
import { type SignerProcess, startSigner } from '../support/signer-process.ts';
import { API_HOST, type Backends, ORDERS_CALLER_ROLE, startBackends } from './support/backends.ts';
import type { ClientResponse } from './support/client.ts';
import { callerApi } from './support/configs.ts';
import type { Bootstrap } from './support/example-config.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const REPLICAS = 3;
const REQUESTS = 1_000;
const KEY = randomBytes(32).toString('base64');

const serverFile = (url: string) => `cache: {shared: {url: "${url}", key_env: SHARED_CACHE_KEY, timeout: 1}}`;

const skipped = REDIS_ABSENT ? ` (skipped: ${REDIS_ABSENT})` : '';

describe.skipIf(REDIS_ABSENT)(`three replicas of the signer${skipped}`, () => {
  let redis: Redis;
  let backends: Backends;
  let replicas: SignerProcess[];
  let gateway: Gateway;

  const startReplica = (listen?: string) =>
    startSigner({
      env: { AWS_ENDPOINT_URL_STS: backends.standIn.sts.url, SHARED_CACHE_KEY: KEY },
      config: serverFile(redis.url),
      ...(listen !== undefined && { listen }),
    });

  beforeAll(async () => {
    [redis, backends] = await Promise.all([startRedis(), startBackends()]);
    replicas = await Promise.all(Array.from({ length: REPLICAS }, () => startReplica()));
    gateway = await startGateway(backends, {
      placement: 'downstream',
      routes: [route('/', callerApi)],
      change: (config) => spread(config, replicas),
    });
  });
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([...(replicas ?? []).map((signer) => signer.close()), backends?.close(), redis?.close()]);
  });

  const askMany = (token: string, count: number): Promise<ClientResponse[]> =>
    Promise.all(Array.from({ length: count }, () => gateway.send({ headers: [['Authorization', token]] })));
  const subjects = (answers: readonly ClientResponse[]) =>
    new Set(answers.map(({ status, body }) => (status === 200 ? JSON.parse(body).subject : `${status} ${body}`)));
  /** Answers to one caller, and the calls to STS that they cost. */
  const cost = async (sub: string, count: number): Promise<[who: Set<unknown>, calls: number]> => {
    const token = await backends.bearer(sub);
    const before = backends.standIn.sts.calls.length;
    const who = subjects(await askMany(token, count));
    return [who, backends.standIn.sts.calls.length - before];
  };

  let alice: string;

  it(`make one call to STS for ${REQUESTS} concurrent requests of one caller`, async () => {
    alice = await backends.bearer('alice');
    expect(subjects(await askMany(alice, REQUESTS))).toEqual(new Set(['alice']));
    expect(backends.standIn.sts.calls).toHaveLength(1);
    for (const { admin } of replicas)
      expect(await metric({ admin }, 'sigv4_requests_total{outcome="signed"')).toBeGreaterThan(0);
    expect(await sharedCache(replicas, 'stored')).toBe(1);
    expect((await sharedCache(replicas, 'waited')) + (await sharedCache(replicas, 'hit'))).toBe(REPLICAS - 1);
  });

  it('a replica that starts anew starts warm', async () => {
    const [first, ...others] = replicas;
    if (first === undefined) throw new Error('there is no replica');
    await first.close();
    const again = await startReplica(first.listen);
    replicas = [again, ...others];
    await expect
      .poll(
        async () => {
          await askMany(alice, 10);
          return metric(again, 'sigv4_requests_total{outcome="signed"');
        },
        { timeout: 20_000 },
      )
      .toBeGreaterThan(0);
    expect(await sharedCache([again], 'hit')).toBe(1);
    expect(await metric(again, 'sigv4_sts_calls_total')).toBe(0);
    expect(backends.standIn.sts.calls).toHaveLength(1);
  });

  it('leave nothing in the server, nor in a log, that could be read', async () => {
    const dump = await redis.dump();
    expect(dump.size).toBe(1);
    const logs = replicas.map(({ output }) => output()).join('\n');
    const { accessKeyId } = acceptedPrincipal(backends);
    for (const secret of [accessKeyId, alice.slice('Bearer '.length), ORDERS_CALLER_ROLE, API_HOST, KEY]) {
      expect([...dump].flat().join('\n')).not.toContain(secret);
    }
    for (const secret of [alice.slice('Bearer '.length), KEY]) expect(logs).not.toContain(secret);
  });

  it('go on without the server, each for itself, and share again when it is back', async () => {
    await redis.stop();
    expect(await cost('alice', 50)).toEqual([new Set(['alice']), expect.any(Number)]);
    const [who, calls] = await cost('bob', 50);
    expect(who).toEqual(new Set(['bob']));
    expect(calls).toBeLessThanOrEqual(REPLICAS);
    expect(await sharedCache(replicas, 'down')).toBeGreaterThan(0);
    await redis.start();
    let caller = 0;
    await expect
      .poll(
        async () => {
          caller += 1;
          const [answered, made] = await cost(`caller-${caller}`, 30);
          expect(answered).toEqual(new Set([`caller-${caller}`]));
          return made;
        },
        { timeout: 20_000, interval: 250 },
      )
      .toBe(1);
  });
});

/** One Envoy in front of all replicas, by turns. */
function spread(config: Bootstrap, replicas: readonly SignerProcess[]): void {
  for (const { load_assignment } of config.static_resources.clusters) {
    const [locality] = load_assignment.endpoints;
    const isSigner = JSON.stringify(load_assignment).includes('"cluster_name":"sigv4-extproc"');
    if (!isSigner || locality === undefined) continue;
    locality.lb_endpoints = replicas.map(({ listenPort }) => ({
      endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: listenPort } } },
    }));
  }
}

async function sharedCache(replicas: readonly SignerProcess[], outcome: string): Promise<number> {
  const series = `sigv4_shared_cache_total{outcome="${outcome}"}`;
  const values = await Promise.all(replicas.map((replica) => metric(replica, series)));
  return values.reduce((sum, value) => sum + value, 0);
}

function acceptedPrincipal({ standIn }: Backends): { accessKeyId: string } {
  const verdict = standIn.service.received.at(-1)?.verdict;
  if (!verdict?.ok) throw new Error('the service accepted nothing');
  return verdict.principal;
}
