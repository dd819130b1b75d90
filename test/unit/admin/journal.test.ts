import { describe, expect, it } from 'vitest';
import { Journal } from '../../../src/admin/journal/index.ts';
import { noCounts, OUTCOMES, RecentCounts } from '../../../src/admin/journal/recent-counts.ts';
import { RecentLatency } from '../../../src/admin/journal/recent-latency.ts';
import { ConfigError, TokenError } from '../../../src/errors/index.ts';
import { prng } from '../../support/prng.ts';

describe('RecentCounts', () => {
  const signedOf = (counts: RecentCounts, seconds: number, nowMs: number) =>
    counts.last(seconds, nowMs).map(({ signed }) => signed);

  it('counts by the second, without the one that is not over', () => {
    const counts = new RecentCounts(5);
    for (const at of [10_000, 10_500, 11_000, 13_999, 14_000]) counts.add('signed', at);
    expect(signedOf(counts, 4, 14_100)).toEqual([2, 1, 0, 1]);
  });

  it('keeps outcomes and seconds apart', () => {
    const counts = new RecentCounts(3);
    for (const outcome of OUTCOMES) counts.add(outcome, 10_000);
    for (const outcome of ['aborted', 'signed', 'aborted'] as const) counts.add(outcome, 11_000);
    expect(counts.last(2, 12_000)).toEqual([
      { signed: 1, refused: 1, failed: 1, passed: 1, aborted: 1 },
      { ...noCounts(), signed: 1, aborted: 2 },
    ]);
  });

  it('forgets what is older than it keeps, however long nothing came', () => {
    const counts = new RecentCounts(5);
    counts.add('signed', 10_000);
    expect(signedOf(counts, 4, 15_000)).toEqual([0, 0, 0, 0]);
    counts.add('signed', 1_000_000);
    expect(signedOf(counts, 4, 1_001_000)).toEqual([0, 0, 0, 1]);
  });

  it('takes a clock that goes back for standing still', () => {
    const counts = new RecentCounts(5);
    counts.add('signed', 20_000);
    counts.add('signed', 10_000);
    expect(signedOf(counts, 2, 21_000)).toEqual([0, 2]);
  });
});

describe('RecentLatency', () => {
  it('tells quantiles within a tenth', () => {
    const latency = new RecentLatency();
    const random = prng(1);
    const values = Array.from({ length: 5_000 }, () => (random.int(9_000) + 100) / 1e6);
    for (const value of values) latency.add(value, 60_000);
    values.sort((a, b) => a - b);
    for (const share of [0.5, 0.9, 0.99]) {
      const exact = values[Math.floor(values.length * share)] ?? 0;
      expect(Math.abs((latency.quantile(share, 60_000) ?? 0) - exact) / exact).toBeLessThan(0.1);
    }
  });

  it('forgets after two minutes, and takes what is out of its range', () => {
    const latency = new RecentLatency();
    for (const seconds of [0, 1e-9, 1e9]) latency.add(seconds, 60_000);
    expect(latency.quantile(1, 119_999)).toBeGreaterThan(30);
    expect(latency.quantile(0.1, 179_999)).toBeLessThan(0.000_002);
    expect(latency.quantile(0.5, 180_000)).toBeUndefined();
  });
});

describe('Journal', () => {
  const failed = { outcome: 'failed', seconds: 0.001 } as const;

  it('keeps the latest refusals, the latest first, and not all of a long request id', () => {
    const journal = new Journal();
    for (let each = 0; each < 450; each++) {
      const error = new TokenError('SIGV4_TOKEN_MISSING', `refusal ${each}`);
      journal.requestDone({ outcome: 'refused', code: error.code, error, seconds: 0, requestId: 'x'.repeat(10_000) });
    }
    const refusals = journal.refusals();
    expect(refusals.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 200 }, (_, index) => `refusal ${449 - index}`),
    );
    expect(refusals[0]).toMatchObject({ status: 401, outcome: 'refused', requestId: 'x'.repeat(80) });
  });

  it('keeps so many routes and no more, and counts all others together', () => {
    const { routes } = new Journal();
    for (let each = 0; each < 700; each++) routes.add({ ...failed, routeName: `route-${each}` }, 1_000);
    expect(routes.list()).toHaveLength(500);
    expect(routes.others?.counts.failed).toBe(200);
    expect(routes.others?.latency.quantile(0.5, 1_000)).toBeCloseTo(0.001, 3);
    routes.add({ ...failed, routeName: 'route-499' }, 1_000);
    expect(routes.others?.counts.failed).toBe(200);
  });

  it('lets a route that is silent give way, and no other', () => {
    const { routes } = new Journal();
    const names = () => new Set(routes.list().map(({ name }) => name));
    for (let each = 0; each < 500; each++) routes.add({ ...failed, routeName: `route-${each}` }, 1_000);
    routes.add({ ...failed, routeName: 'route-7' }, 200_000);
    routes.add({ ...failed, routeName: 'early' }, 300_000);
    expect(names()).not.toContain('early');
    routes.add({ ...failed, routeName: 'late' }, 301_000);
    expect(names()).toEqual(new Set(['route-7', 'late']));
    expect(routes.list().map(({ id }) => id)).toEqual(['r501', 'r8']);
  });

  it('tells routes without a name apart by their config', () => {
    const journal = new Journal();
    const [one, other] = [{ service: 'a' }, { service: 'b' }] as never[];
    for (const config of [one, other, one]) if (config) journal.requestDone({ outcome: 'signed', seconds: 0, config });
    expect(journal.routes.list().map(({ traffic }) => traffic.counts.signed)).toEqual([2, 1]);
  });

  it('says what is wrong with a config for as long as it is', () => {
    const journal = new Journal();
    const error = new ConfigError('SIGV4_CONFIG_INVALID', 'a field is wrong');
    journal.requestDone({ ...failed, code: error.code, error, routeName: 'a' });
    expect(journal.routes.list()[0]?.configError).toBe('a field is wrong');
    const before = {} as never;
    journal.requestDone({ outcome: 'signed', seconds: 0, routeName: 'a', config: before });
    journal.requestDone({ ...failed, code: error.code, error, routeName: 'a' });
    expect(journal.routes.list()[0]).toMatchObject({ configError: 'a field is wrong', config: before });
    journal.requestDone({ outcome: 'signed', seconds: 0, routeName: 'a', config: before });
    expect(journal.routes.list()[0]?.configError).toBeUndefined();
  });
});
