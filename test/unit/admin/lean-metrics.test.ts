import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { BoundedNames } from '../../../src/admin/bounded-names.ts';
import { LeanCounter, LeanHistogram } from '../../../src/admin/lean-metrics.ts';

const buckets = [0.001, 0.01, 0.1];
const described = { name: 'seconds', help: 'Some seconds.', buckets };

describe('LeanCounter', () => {
  it('counts by label, scraped once or often', async () => {
    const registry = new Registry();
    const labelNames = ['kind', 'size'] as const;
    const counter = new LeanCounter({ name: 'things', help: 'Things.', labelNames, registers: [registry] });
    for (const [kind, size] of ['a1', 'b1', 'a1', '1a', 'a2'] as const) counter.count(kind ?? '', size ?? '');
    const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('things'));
    const others = ['b",size="1', '1",size="a', 'a",size="2'].map((labels) => `things{kind="${labels}"} 1`);
    expect(await lines()).toEqual(['things{kind="a",size="1"} 2', ...others]);
    counter.count('a', '1');
    expect([await lines(), await lines()]).toEqual(Array(2).fill(['things{kind="a",size="1"} 3', ...others]));
  });
});

describe('LeanHistogram', () => {
  const values = [0, 0.001, 0.0011, 0.05, 0.1, 0.2, 7];

  it("writes what prom-client's own writes", async () => {
    const [lean, own] = [new Registry(), new Registry()];
    const ours = new LeanHistogram({ ...described, label: 'kind', registers: [lean] });
    const theirs = new Histogram({ ...described, labelNames: ['kind'], registers: [own] });
    for (const value of values) {
      ours.add('a', value);
      theirs.observe({ kind: 'a' }, value);
    }
    expect(await lean.metrics()).toBe(await own.metrics());
  });

  it('is added up over processes as any other', async () => {
    const registry = new Registry();
    new LeanHistogram({ ...described, label: 'kind', registers: [registry] }).add('a', 0.05);
    const both = AggregatorRegistry.aggregate([await registry.getMetricsAsJSON(), await registry.getMetricsAsJSON()]);
    expect(await both.getSingleMetricAsString('seconds')).toContain('seconds_bucket{le="0.1",kind="a"} 2');
  });
});

describe('BoundedNames', () => {
  it('keeps the first names, and calls all later ones other', () => {
    const names = new BoundedNames(2);
    expect(['a', 'b', 'c', 'a', 'd', 'b'].map((name) => names.name(name))).toEqual([
      'a',
      'b',
      'other',
      'a',
      'other',
      'b',
    ]);
  });
});
