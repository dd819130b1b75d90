import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { BoundedNames } from '../../../src/admin/bounded-names.ts';
import { LeanCounter, LeanHistogram } from '../../../src/admin/lean-metrics.ts';

const buckets = [0.001, 0.01, 0.1];
const described = { name: 'seconds', help: 'Some seconds.', buckets };

describe('LeanCounter', () => {
  it('counts by key, scraped once or often', async () => {
    const registry = new Registry();
    const counter = new LeanCounter({ name: 'things', help: 'Things.', labelNames: ['kind'], registers: [registry] });
    for (const kind of ['a', 'b', 'a']) counter.count(kind, () => ({ kind }));
    const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('things'));
    expect(await lines()).toEqual(['things{kind="a"} 2', 'things{kind="b"} 1']);
    counter.count('a', () => ({ kind: 'a' }));
    expect([await lines(), await lines()]).toEqual(Array(2).fill(['things{kind="a"} 3', 'things{kind="b"} 1']));
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
