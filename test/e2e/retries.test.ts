import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import { PLACEMENTS, type Placement } from './support/example-config.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

// Attempts are a second apart, so that a fresh signature has another x-amz-date.
const retry_policy = {
  retry_on: 'retriable-status-codes',
  retriable_status_codes: [503],
  num_retries: 1,
  rate_limited_retry_back_off: { reset_headers: [{ name: 'retry-after', format: 'SECONDS' }] },
};

let backends: Backends;
let gateway: Gateway;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => {
  const { service } = backends.standIn;
  service.reset();
  service.override = () =>
    service.received.length === 0 ? { status: 503, headers: { 'retry-after': '1' }, body: 'slow down' } : undefined;
});
afterEach(() => gateway.close());

async function attempts(placement: Placement, config: object) {
  gateway = await startGateway(backends, { placement, routes: [route('/', config, { retry_policy })] });
  const headers = [['Authorization', await backends.bearer('alice')]] as const;
  const response = await gateway.send({ method: 'POST', path: '/a%20b?x=1', headers, body: 'order' });
  const { received } = backends.standIn.service;
  return {
    status: response.status,
    accepted: received.map(({ verdict }) => verdict.ok),
    answered: received.map(({ status }) => status),
    dates: new Set(received.map(({ verdict }) => verdict.ok && verdict.amzDate)).size,
    subjects: received.map(({ verdict }) => verdict.ok && verdict.principal.subject),
  };
}

describe('a second attempt', () => {
  it('is signed afresh by the upstream filter', async () => {
    expect(await attempts('upstream', workloadApi)).toMatchObject({
      status: 200,
      accepted: [true, true],
      answered: [503, 200],
      dates: 2,
    });
  });

  it('is the same signed request behind the downstream filter, also for a caller', async () => {
    expect(await attempts('downstream', callerApi)).toEqual({
      status: 200,
      accepted: [true, true],
      answered: [503, 200],
      dates: 1,
      subjects: ['alice', 'alice'],
    });
  });

  it.each(PLACEMENTS)("does not follow the signer's own refusal, %s", async (placement) => {
    await backends.standIn.sts.down();
    try {
      expect(await attempts(placement, workloadBucket)).toMatchObject({ status: 503, accepted: [] });
      const stats = await gateway.envoy.stats('ext_proc\\.streams_started$');
      expect([...stats.values()].reduce((sum, count) => sum + count, 0)).toBe(1);
    } finally {
      await backends.standIn.sts.up();
    }
  });

  it('finds no token of the caller in the upstream filter, and nothing more leaves', async () => {
    expect(await attempts('upstream', callerApi)).toMatchObject({ status: 401, accepted: [true], answered: [503] });
  });
});
