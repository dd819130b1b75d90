import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { type Bootstrap, PLACEMENTS, signerFilters } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const MESSAGE_TIMEOUT = '0.5s';
const STS_DELAY_MS = 1_500;
const PATIENTLY = { timeout: 15_000, interval: 100 };

let backends: Backends;
let gateway: Gateway;
beforeAll(async () => {
  backends = await startBackends();
  backends.standIn.sts.setFault('slow', { delayMs: STS_DELAY_MS });
});
afterAll(() => backends.close());
afterEach(() => gateway.close());

describe.each(PLACEMENTS)('an Envoy that waits less than STS takes, %s', (placement) => {
  let before: number[] = [];
  async function start(timeouts: object): Promise<void> {
    const change = (config: Bootstrap) => {
      for (const { typed_config } of signerFilters(config)) Object.assign(typed_config, timeouts);
    };
    const routes = [route('/keys/', workloadApi), route('/', callerApi)];
    gateway = await startGateway(backends, { placement, routes, change });
    // The first request on a connection takes longest; it is not the one to be judged.
    await expect.poll(async () => (await gateway.send({ path: '/keys/' })).status, PATIENTLY).toBe(200);
    backends.standIn.service.reset();
    before = await counters();
  }

  const asker = async (sub: string) => {
    const headers = [['Authorization', await backends.bearer(sub)]] as const;
    return () => gateway.send({ method: 'POST', headers, body: 'x' });
  };

  /** Envoy's own counters of what became of the waiting. */
  async function counters(): Promise<number[]> {
    const stats = await gateway.envoy.stats('message_timeout');
    return ['override_message_timeout_received', 'override_message_timeout_ignored', 'message_timeouts'].map((name) =>
      [...stats].reduce((sum, [full, value]) => (full.endsWith(`.${name}`) ? sum + value : sum), 0),
    );
  }

  async function counted() {
    const [received, ignored, timeouts] = (await counters()).map((value, index) => value - (before[index] ?? 0));
    return { received, ignored, timeouts };
  }

  it('waits on where max_message_timeout lets the signer ask for it', async () => {
    await start({ message_timeout: MESSAGE_TIMEOUT, max_message_timeout: '10s' });
    const ask = await asker(`patient-${placement}`);
    expect((await ask()).status).toBe(200);
    onlyAccepted(backends.standIn.service);
    expect(await counted()).toEqual({ received: 1, ignored: 0, timeouts: 0 });
  });

  it('answers 504 without max_message_timeout, and sends nothing; the next request finds the credentials', async () => {
    await start({ message_timeout: MESSAGE_TIMEOUT, max_message_timeout: undefined });
    const ask = await asker(`impatient-${placement}`);
    const calls = backends.standIn.sts.calls.length;
    expect((await ask()).status).toBe(504);
    expectNothingUpstream(backends.standIn.service);
    expect(await counted()).toEqual({ received: 0, ignored: 1, timeouts: 1 });

    await expect.poll(() => backends.standIn.sts.calls[calls]?.outcome, PATIENTLY).toBe('ok');
    await expect.poll(async () => (await ask()).status, PATIENTLY).toBe(200);
    onlyAccepted(backends.standIn.service);
    expect(backends.standIn.sts.calls).toHaveLength(calls + 1);
  });
});
