import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from '../../../src/credentials/clock.ts';
import { CredentialCache } from '../../../src/credentials/credential-cache.ts';
import type { ExpiringCredentials } from '../../../src/credentials/types.ts';

const NOW = Date.UTC(2026, 0, 1);
const keys = (expiresIn?: number): ExpiringCredentials => ({
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'secret',
  ...(expiresIn !== undefined && { expiresAt: NOW + expiresIn }),
});

const cacheOf = (maxEntries: number, maxEntriesPerCaller = maxEntries) =>
  new CredentialCache({ maxEntries, maxEntriesPerCaller }, new Clock());

/** What the cache gives at a moment. */
function at(now: number, cache: CredentialCache, key: string): ExpiringCredentials | undefined {
  vi.setSystemTime(now);
  return cache.get(key);
}

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('CredentialCache', () => {
  it('loads a key once for all who ask meanwhile, and keeps it', async () => {
    const cache = cacheOf(10);
    const gate = Promise.withResolvers<ExpiringCredentials>();
    const loader = vi.fn(() => gate.promise);
    const waiting = Array.from({ length: 100 }, () => cache.load('a', { load: loader }));
    gate.resolve(keys(60_000));
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(at(NOW, cache, 'a')).toBe((await waiting[0]) as ExpiringCredentials);
    expect(at(NOW, cache, 'b')).toBeUndefined();
  });

  it('lists what it holds for people, the most recently used first', async () => {
    const cache = cacheOf(10);
    const about = { source: 'caller', role: 'arn:aws:iam::123456789012:role/r', sessionName: 'alice' } as const;
    const named = (id: string, expiresIn?: number) => ({ ...keys(expiresIn), accessKeyId: id });
    await cache.load('a', { load: async () => named('ASIAAAAAAAAAAAAAWXYZ', 60_000), about });
    await cache.load('b', { load: async () => named('AKIASHORT') });
    await cache.load('gone', { load: async () => named('ASIAGONEGONEGONE', 4_000) });
    cache.get('a');
    cache.get('a');
    expect(cache.list(5)).toEqual([
      { ...about, id: expect.any(String), keyId: 'ASIA…WXYZ', usableUntil: NOW + 55_000, hits: 2 },
      { source: 'workload', id: expect.any(String), keyId: 'AK…', usableUntil: expect.any(Number), hits: 0 },
    ]);
    expect(cache.list(1)).toHaveLength(1);
    expect(cache.lifetimes(1)).toEqual([55_000]);
    expect(JSON.stringify(cache.list(5))).not.toContain('secret');
  });

  it('evicts by the id of its list, which a renewal keeps and another cache does not have', async () => {
    const cache = cacheOf(10);
    const idOf = (listed = cache) => listed.list(1)[0]?.id ?? '';
    await cache.load('a', { load: async () => keys(60_000) });
    cache.get('a');
    const id = idOf();
    await cache.load('a', { load: async () => keys(90_000) });
    expect([idOf(), cache.list(1)[0]?.hits]).toEqual([id, 1]);
    const other = cacheOf(10);
    await other.load('a', { load: async () => keys(60_000) });
    expect([idOf(other) === id, other.evictById(id), other.size]).toEqual([false, undefined, 1]);
    expect([cache.evictById(id), cache.evictById(id), cache.size]).toEqual(['a', undefined, 0]);
  });

  it('never gives what has expired, nor what is about to', async () => {
    const cache = cacheOf(10);
    await cache.load('a', { load: async () => keys(60_000) });
    expect(at(NOW + 54_999, cache, 'a')).toBeDefined();
    expect(at(NOW + 55_000, cache, 'a')).toBeUndefined();
    await cache.load('short', { load: async () => keys(4_000) });
    expect(at(NOW, cache, 'short')).toBeUndefined();
  });

  it('never gives it past the end that it is told', async () => {
    const cache = cacheOf(10);
    await cache.load('a', { load: async () => keys(60_000), validUntil: NOW + 10_000 });
    expect(at(NOW + 9_999, cache, 'a')).toBeDefined();
    expect(at(NOW + 10_000, cache, 'a')).toBeUndefined();
  });

  it('reads long-lived keys again after five minutes', async () => {
    const cache = cacheOf(10);
    await cache.load('a', { load: async () => keys() });
    expect(at(NOW + 299_999, cache, 'a')).toBeDefined();
    expect(at(NOW + 300_000, cache, 'a')).toBeUndefined();
  });

  it('keeps no failure, and lets all who waited see it', async () => {
    const cache = cacheOf(10);
    const loader = vi.fn(() => Promise.reject(new Error('down')));
    const outcomes = await Promise.allSettled([cache.load('a', { load: loader }), cache.load('a', { load: loader })]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(loader).toHaveBeenCalledTimes(1);
    await expect(cache.load('a', { load: async () => keys(60_000) })).resolves.toBeDefined();
  });

  it('holds no more than it may, the longest unused going first', async () => {
    const cache = cacheOf(2);
    for (const key of ['a', 'b']) await cache.load(key, { load: async () => keys(60_000) });
    at(NOW, cache, 'a');
    await cache.load('c', { load: async () => keys(60_000) });
    expect(cache.size).toBe(2);
    expect([at(NOW, cache, 'a'), at(NOW, cache, 'b')].map(Boolean)).toEqual([true, false]);
  });

  it('drops credentials that AWS calls expired, only those very ones, at most once a minute a key', async () => {
    const cache = cacheOf(10);
    const first = await cache.load('a', { load: async () => keys(600_000) });
    const other = await cache.load('b', { load: async () => keys(600_000) });
    cache.evict(keys(600_000));
    expect(at(NOW, cache, 'a')).toBe(first);
    cache.evict(first);
    expect(at(NOW, cache, 'a')).toBeUndefined();
    expect(at(NOW, cache, 'b')).toBe(other);

    const second = await cache.load('a', { load: async () => keys(600_000) });
    cache.evict(first);
    cache.evict(second);
    expect(at(NOW + 59_999, cache, 'a')).toBe(second);
    vi.setSystemTime(NOW + 60_000);
    cache.evict(second);
    expect(at(NOW + 60_000, cache, 'a')).toBeUndefined();
  });

  it('lets one owner hold its share and no more: its own oldest goes, nobody else’s', async () => {
    const cache = cacheOf(100, 3);
    await cache.load('other', { load: async () => keys(60_000), owner: 'bob' });
    for (let n = 0; n < 50; n++) await cache.load(`alice ${n}`, { load: async () => keys(60_000), owner: 'alice' });
    expect(cache.size).toBe(4);
    expect(at(NOW, cache, 'other')).toBeDefined();
    expect([46, 47, 48, 49].map((n) => at(NOW, cache, `alice ${n}`) !== undefined)).toEqual([false, true, true, true]);
  });

  it('counts an owner’s entries anew where others push them out', async () => {
    const cache = cacheOf(2, 2);
    for (const key of ['a1', 'a2']) await cache.load(key, { load: async () => keys(60_000), owner: 'alice' });
    for (const key of ['b1', 'b2']) await cache.load(key, { load: async () => keys(60_000), owner: 'bob' });
    for (const key of ['a3', 'a4']) await cache.load(key, { load: async () => keys(60_000), owner: 'alice' });
    expect([at(NOW, cache, 'a3'), at(NOW, cache, 'a4')].map(Boolean)).toEqual([true, true]);
  });
});

describe('a refresh', () => {
  /** A cache with one entry of an hour, at the moment when its refresh is due. */
  async function due(): Promise<{ cache: CredentialCache; first: ExpiringCredentials }> {
    const cache = cacheOf(10);
    const first = await cache.load('a', { load: async () => keys(3_600_000) });
    expect(cache.isDue('a')).toBe(false);
    vi.setSystemTime(NOW + 3_600_000 - 5_000 - 4 * 60_000);
    expect(cache.isDue('a')).toBe(true);
    return { cache, first };
  }

  it('replaces credentials that go on being used meanwhile, and is under way once', async () => {
    const { cache, first } = await due();
    const gate = Promise.withResolvers<ExpiringCredentials>();
    const refreshed = cache.refresh('a', { load: () => gate.promise });
    expect(cache.get('a')).toBe(first);
    expect(cache.isDue('a')).toBe(false);
    gate.resolve(keys(7_200_000));
    await refreshed;
    expect(cache.get('a')).not.toBe(first);
    expect(cache.isDue('a')).toBe(false);
  });

  it('that fails leaves what is there, and is tried again after a second, then two, then four', async () => {
    const { cache, first } = await due();
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      await expect(cache.refresh('a', { load: () => Promise.reject(new Error('down')) })).rejects.toThrow('down');
      const failedAt = Date.now();
      while (!cache.isDue('a')) vi.setSystemTime(Date.now() + 100);
      waits.push(Date.now() - failedAt);
      expect(cache.get('a')).toBe(first);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });
});
