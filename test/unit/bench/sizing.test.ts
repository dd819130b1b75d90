import { describe, expect, it } from 'vitest';
import { COSTS, predict } from '../../../bench/sizing/model.ts';
import { lifetimeOf } from '../../../src/credentials/lifetime.ts';
import { prng } from '../../support/prng.ts';

const demand = { requestsPerSecond: 1000, callers: 0, sessionTokenLength: 1000, sessionSeconds: 3600 };

describe('the model of sizes', () => {
  it('is of CPU: requests, callers, bodies, exchanges', () => {
    expect(predict(demand)).toMatchObject({ requestUs: COSTS.requestUs, cores: (COSTS.requestUs * 1000) / 1e6 });
    expect(predict({ ...demand, callers: 1 }).requestUs).toBe(COSTS.requestUs + COSTS.callerUs);
    const halfOf64Kib = predict({ ...demand, withBody: 0.5, bodyBytes: 65_536 });
    expect(halfOf64Kib.requestUs).toBe(COSTS.requestUs + (COSTS.bodyUs + 64 * COSTS.bodyKibUs) / 2);
    expect(halfOf64Kib.requestsPerSecondPerCore * halfOf64Kib.requestUs).toBeCloseTo(1e6);
    const { cores, requestUs, stsCallsPerHour } = predict({ ...demand, callers: 100_000 });
    expect(cores * 1e6).toBeCloseTo(requestUs * 1000 + (stsCallsPerHour / 3600) * COSTS.stsCallUs);
  });

  it('is of memory: a base for each worker, callers in each, bodies that are under way', () => {
    const memory = (more: object) => predict({ ...demand, ...more }).memoryBytes - COSTS.baseBytes;
    expect(memory({})).toBe(0);
    expect(memory({ callers: 10, sessionTokenLength: 500 })).toBe(10 * (COSTS.callerBytes + 500));
    expect(memory({ workers: 2, callers: 10 })).toBe(COSTS.baseBytes + 20 * (COSTS.callerBytes + 1000));
    expect(memory({ requestsPerSecond: 100, withBody: 1, bodyBytes: 1e6 })).toBe(COSTS.copiesOfBody * 1e6);
  });

  it.each([60, 900, 3600, 43_200])('knows how often sessions of %d s are refreshed', (sessionSeconds) => {
    // A caller at a time of its own each, for as long as many sessions.
    const random = prng(1);
    const gap = 20;
    let [now, calls] = [0, 0];
    for (; calls < 4_000; calls++) {
      const lifetime = { expiresAt: now + sessionSeconds * 1000 } as Parameters<typeof lifetimeOf>[0];
      const { refreshAt } = lifetimeOf(lifetime, now, Number.POSITIVE_INFINITY, random.int(1000) / 1000);
      now = refreshAt - Math.log(1 - random.int(1000) / 1000) * gap * 1000;
    }
    const { stsCallsPerHour } = predict({ ...demand, sessionSeconds, callers: 1, requestsPerSecond: 1 / gap });
    expect(stsCallsPerHour / ((calls / now) * 3_600_000)).toBeCloseTo(1, 1);
  });

  it('has a token that lives for less than a session ask for each token, and no other', () => {
    const { stsCallsPerHour } = predict({ ...demand, callers: 1000, tokenSeconds: 299 });
    expect(stsCallsPerHour).toBeCloseTo((1000 * 3600) / 300);
    expect(predict(demand).stsCallsPerHour).toBe(0);
  });
});
