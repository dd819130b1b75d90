import { afterEach, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { PLACEMENTS, type Placement } from './support/example-config.ts';
import { expectNothingUpstream } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const IN_FLIGHT = 20;
const BEFORE_THE_KILL = 200;
const AFTER_THE_KILL = 200;

let backends: Backends;
let gateway: Gateway;

async function start(placement: Placement): Promise<void> {
  backends = await startBackends();
  const routes = [route('/caller/', callerApi), route('/', workloadApi)];
  gateway = await startGateway(backends, { placement, routes });
}

afterEach(async () => {
  await gateway.close();
  await backends.close();
});

describe.each(PLACEMENTS)('without the signer, %s', (placement) => {
  it('Envoy answers with an error and sends nothing', async () => {
    await start(placement);
    await backends.signer.kill();
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    for (const request of [{}, { method: 'POST', body: 'x' }, { path: '/caller/', headers }]) {
      const response = await gateway.send(request);
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(response.body).not.toMatch(/Bearer|arn:/);
    }
    expectNothingUpstream(backends.standIn.service);
  });

  it('that is killed under load, nothing leaves unsigned', async () => {
    await start(placement);
    const statuses: number[] = [];
    let killed: Promise<unknown> | undefined;
    let afterwards = 0;
    const worker = async (index: number) => {
      while (afterwards < AFTER_THE_KILL) {
        const body = 'x'.repeat(index * 1000);
        const { status } = await gateway.send(index % 2 ? { method: 'POST', body } : {});
        statuses.push(status);
        if (killed) afterwards += 1;
        else if (statuses.length >= BEFORE_THE_KILL) killed = backends.signer.kill();
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => worker(index)));
    await killed;
    const { received, started } = backends.standIn.service;
    expect(received.filter(({ verdict }) => !verdict.ok)).toEqual([]);
    expect(received.length).toBeGreaterThanOrEqual(BEFORE_THE_KILL);
    expect(started).toBe(received.length);
    // Envoy may give up a request whose stream breaks when the upstream already has it, signed.
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(received.length);
    expect(statuses.filter((status) => status >= 500).length).toBeGreaterThan(AFTER_THE_KILL / 2);
    expect(statuses.filter((status) => status !== 200 && status < 500)).toEqual([]);
  });

  it('that comes back on its address, requests are signed again', async () => {
    await start(placement);
    const { listen } = backends.signer;
    await backends.signer.kill();
    expect((await gateway.send()).status).toBeGreaterThanOrEqual(500);
    const again = await startBackends({ signer: { listen } });
    await expect.poll(async () => (await gateway.send()).status, { timeout: 10_000 }).toBe(200);
    await again.close();
  });
});
