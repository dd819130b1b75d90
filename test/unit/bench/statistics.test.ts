import { describe, expect, it } from 'vitest';
import { difference, median, paired, quantile, ratio, summarize } from '../../../bench/statistics.ts';

describe('quantile', () => {
  it('interpolates between neighbours, in whatever order they come', () => {
    const values = [40, 10, 30, 20];
    expect(quantile(values, 0)).toBe(10);
    expect(quantile(values, 1)).toBe(40);
    expect(quantile(values, 0.25)).toBe(17.5);
    expect(median(values)).toBe(25);
    expect(values).toEqual([40, 10, 30, 20]);
  });

  it('sorts numbers, not texts', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it('is the value itself where there is one, and no number where there is none', () => {
    expect(quantile([7], 0.99)).toBe(7);
    expect(median([])).toBeNaN();
  });
});

describe('summarize', () => {
  it('gives the notch of the box plot', () => {
    // Quartiles 2 and 4.
    expect(summarize([1, 2, 3, 4, 5])).toEqual({ median: 3, spread: (1.57 * 2) / Math.sqrt(5), count: 5 });
  });

  it('is not moved by one wild round', () => {
    expect(summarize([1, 2, 3, 4, 5000])).toEqual(summarize([1, 2, 3, 4, 5]));
  });

  it('has no spread where there is nothing to compare', () => {
    expect(summarize([5])).toEqual({ median: 5, spread: 0, count: 1 });
  });
});

describe('paired', () => {
  it('finds the ratio that all rounds share, however the rounds differ', () => {
    const peer = [50, 90, 400, 70];
    const ours = peer.map((figure) => figure * 1.5);
    expect(paired(ours, peer, ratio)).toEqual({ median: 1.5, spread: 0, count: 4 });
    // The medians of each alone do no better than the machine was steady.
    expect(paired([1, 100, 1000], [1000, 1, 100], ratio).median).toBe(10);
  });

  it('takes differences in the same manner', () => {
    expect(paired([3, 5, 9], [1, 2, 3], difference).median).toBe(3);
  });

  it('refuses what was not measured in the same rounds', () => {
    expect(() => paired([1, 2], [1], ratio)).toThrow('2 rounds cannot be paired with 1');
    expect(() => paired([], [], ratio)).toThrow();
  });
});
