import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StsFault } from '../stand-in/index.ts';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectNothingUpstream, expectRefusal, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const STS_TIMEOUT_MS = 600;
/** Envoy's retries of the example, each waiting for STS anew, and a machine with other work. */
const LIMIT_MS = 4 * STS_TIMEOUT_MS + 1000;

const WELL_AGAIN = { timeout: 10_000, interval: 100 };

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: `sts_timeout: ${STS_TIMEOUT_MS / 1000}\n` } });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('without STS, %s', (placement) => {
  let gateway: Gateway;
  let callers = 0;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/caller/', callerApi),
        route('/role/', { ...workloadBucket, session_name: `for-${placement}` }),
        route('/refused/', { ...workloadBucket, session_name: `refused-${placement}` }),
        route('/keys/', workloadApi),
      ],
    });
  });
  afterAll(() => gateway.close());
  afterEach(async () => {
    backends.standIn.sts.setFault('none');
    await backends.standIn.sts.down();
    await backends.standIn.sts.up();
    // After ten failures in a row STS is asked once a second.
    await vi.waitFor(async () => expect((await askAs(`after-${callers++}`)).status).toBe(200), WELL_AGAIN);
  });

  const askAs = async (sub: string) => {
    const headers = [['Authorization', await backends.bearer(sub)]] as const;
    return gateway.send({ method: 'POST', path: '/caller/', headers, body: 'x' });
  };

  async function expectUnavailable(): Promise<void> {
    for (const ask of [() => askAs(`new-${callers++}`), () => gateway.send({ path: '/role/' })]) {
      const started = performance.now();
      const response = await ask();
      expect(performance.now() - started).toBeLessThan(LIMIT_MS);
      expectRefusal(response, backends.standIn.service, 503, 'SIGV4_STS_UNAVAILABLE');
      expect(response.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
  }

  it('that is down: 503, nothing upstream', async () => {
    await backends.standIn.sts.down();
    await expectUnavailable();
  });

  it.each<StsFault>(['error500', 'throttle', 'hang', 'garbage'])(
    'that fails by %s: 503, nothing upstream',
    async (fault) => {
      backends.standIn.sts.setFault(fault);
      await expectUnavailable();
      expect(backends.standIn.sts.calls.at(-1)?.outcome).toBe(`fault:${fault}`);
    },
  );

  it('that is slower than sts_timeout: 503, nothing upstream', async () => {
    backends.standIn.sts.setFault('slow', { delayMs: 10 * STS_TIMEOUT_MS });
    await expectUnavailable();
  });

  it('that is slower than usual: signed', async () => {
    backends.standIn.sts.setFault('slow', { delayMs: 200 });
    expect((await askAs('patient')).status).toBe(200);
    onlyAccepted(backends.standIn.service);
  });

  it('a first failure is made good by asking again at once', async () => {
    backends.standIn.sts.setFault('error500', { times: 1 });
    expect((await askAs(`lucky-${placement}`)).status).toBe(200);
    onlyAccepted(backends.standIn.service);
  });

  it('requests whose credentials are cached, and those that need no STS, are signed all the same', async () => {
    const headers = [['Authorization', await backends.bearer('known')]] as const;
    expect((await gateway.send({ path: '/caller/', headers })).status).toBe(200);
    await backends.standIn.sts.down();
    expect((await gateway.send({ path: '/caller/', headers })).status).toBe(200);
    expect((await gateway.send({ path: '/keys/' })).status).toBe(200);
    expect(backends.standIn.service.received.map(({ verdict }) => verdict.ok)).toEqual([true, true, true]);
  });

  it('that refuses the workload its role: 500, nothing upstream', async () => {
    backends.standIn.sts.setFault('accessDenied');
    const response = await gateway.send({ path: '/refused/' });
    expectRefusal(response, backends.standIn.service, 500, 'SIGV4_ROLE_ACCESS_DENIED');
    expectNothingUpstream(backends.standIn.service);
  });
});
