import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Entries } from '../../../../src/credentials/shared-cache/entries.ts';
import type { ExpiringCredentials } from '../../../../src/credentials/types.ts';
import { REDIS_ABSENT, type Redis, startRedis } from '../../../support/redis.ts';
import { anyAlive, cacheKey, credentials, type Replica, replica } from './support.ts';

const skipped = REDIS_ABSENT ? ` (skipped: ${REDIS_ABSENT})` : '';
const LOCK_MS = 300;

describe.skipIf(REDIS_ABSENT)(`a fleet on one real server${skipped}`, () => {
  let redis: Redis;
  const fleet: Replica[] = [];
  const join = (options: Parameters<typeof replica>[1] = {}): Replica => {
    const joined = replica(redis.url, options);
    fleet.push(joined);
    return joined;
  };
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());
  afterEach(async () => {
    await Promise.all(fleet.splice(0).map(({ cache }) => cache.close()));
    await redis.command('FLUSHALL');
  });

  it('loads a key once for three replicas that ask 100 times each', async () => {
    const replicas = [join(), join(), join()];
    const load = vi.fn(async () => {
      await delay(50);
      return credentials();
    });
    const asked = replicas.flatMap(({ cache }) =>
      Array.from({ length: 100 }, () => cache.through(cacheKey('alice'), load, anyAlive())),
    );
    const [first, ...others] = await Promise.all(asked);
    expect(load).toHaveBeenCalledTimes(1);
    for (const other of others) expect(other).toEqual(first);
    const all = (outcome: 'miss' | 'stored' | 'waited' | 'hit') =>
      replicas.reduce((sum, { count }) => sum + count(outcome), 0);
    await expect.poll(() => all('stored')).toBe(1);
    expect(all('waited') + all('hit')).toBe(299);
    expect(replicas.flatMap(({ outcomes }) => outcomes).filter((outcome) => outcome === 'down')).toEqual([]);
  });

  it('looks again under the lock: its holder before may have left a result in between', async () => {
    const [one, two] = [join(), join()];
    const { lock } = Entries.prototype;
    let left: ExpiringCredentials | undefined;
    vi.spyOn(Entries.prototype, 'lock').mockImplementationOnce(async function (this: Entries, ...asked) {
      left = await two.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
      await expect.poll(() => two.count('stored')).toBe(1);
      return lock.apply(this, asked);
    });
    const load = vi.fn(async () => credentials());
    expect(await one.cache.through(cacheKey('alice'), load, anyAlive())).toEqual(left);
    expect(load).not.toHaveBeenCalled();
    expect(one.outcomes).toEqual(['miss', 'waited']);
    await expect.poll(() => redis.dump().then(({ size }) => size)).toBe(1);
  });

  it('starts warm, and keeps nothing longer than it lives', async () => {
    const first = join();
    const loaded = await first.cache.through(cacheKey('alice'), async () => credentials(60_000), anyAlive());
    await first.cache.close();
    const second = join();
    const load = vi.fn(async () => credentials());
    expect(await second.cache.through(cacheKey('alice'), load, anyAlive())).toEqual(loaded);
    expect(second.outcomes).toEqual(['hit']);
    expect(load).not.toHaveBeenCalled();
    const [name = ''] = (await redis.dump()).keys();
    const life = Number(await redis.command('PTTL', name));
    expect(life).toBeGreaterThan(50_000);
    expect(life).toBeLessThanOrEqual(60_000);
  });

  it('keeps an entry no longer than it is told to', async () => {
    const { cache } = join();
    await cache.through(cacheKey('a'), async () => credentials(), { ...anyAlive(), keepUntil: Date.now() + 30_000 });
    await expect.poll(() => redis.dump().then(({ size }) => size)).toBe(1);
    const [name = ''] = (await redis.dump()).keys();
    expect(Number(await redis.command('PTTL', name))).toBeLessThanOrEqual(30_000);
  });

  it.each([
    ['their own end', () => credentials(150), Number.POSITIVE_INFINITY],
    ['the end that was given', () => credentials(), 150],
  ])('does not use credentials past %s, though somebody made the entry stay', async (_, make, keepMs) => {
    const one = join();
    const keepUntil = Date.now() + keepMs;
    const first = await one.cache.through(cacheKey('alice'), async () => make(), { livesBeyond: 0, keepUntil });
    await expect.poll(() => one.count('stored')).toBe(1);
    for (const name of (await redis.dump()).keys()) await redis.command('PERSIST', name);
    await delay(200);
    const later = credentials();
    const want = { livesBeyond: 0, keepUntil: Number.POSITIVE_INFINITY };
    expect(await one.cache.through(cacheKey('alice'), async () => later, want)).toBe(later);
    expect(later).not.toEqual(first);
    expect(one.count('refused')).toBe(0);
  });

  it('loads anew what does not live long enough, once for the fleet', async () => {
    const [one, two] = [join(), join()];
    await one.cache.through(cacheKey('alice'), async () => credentials(10_000), anyAlive());
    await expect.poll(() => one.count('stored')).toBe(1);
    const load = vi.fn(async () => {
      await delay(50);
      return credentials(3_600_000);
    });
    const want = { livesBeyond: Date.now() + 60_000, keepUntil: Number.POSITIVE_INFINITY };
    const [a, b] = await Promise.all([one, two].map(({ cache }) => cache.through(cacheKey('alice'), load, want)));
    expect(load).toHaveBeenCalledTimes(1);
    expect(a).toEqual(b);
    expect(a?.expiresAt).toBeGreaterThan(want.livesBeyond);
  });

  it('hands on an error of the load as it is, keeps nothing of it, and lets the others load at once', async () => {
    const [one, two] = [join(), join()];
    const failure = new Error('AccessDenied');
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<never>();
    const failing = one.cache.through(
      cacheKey('alice'),
      () => {
        started.resolve();
        return gate.promise;
      },
      anyAlive(),
    );
    await started.promise;
    const good = credentials();
    const waiting = two.cache.through(cacheKey('alice'), async () => good, anyAlive());
    await expect.poll(() => two.count('miss')).toBe(1);
    const before = performance.now();
    gate.reject(failure);
    await expect(failing).rejects.toBe(failure);
    expect(await waiting).toBe(good);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(one.count('stored')).toBe(0);
    await expect.poll(() => two.count('stored')).toBe(1);
    expect((await one.cache.through(cacheKey('alice'), async () => credentials(), anyAlive())).accessKeyId).toBe(
      good.accessKeyId,
    );
  });

  it('goes on after the life of a lock whose holder died', async () => {
    const dead = join({ lockMs: LOCK_MS });
    const started = Promise.withResolvers<void>();
    const never = dead.cache.through(
      cacheKey('alice'),
      () => {
        started.resolve();
        return new Promise(() => {});
      },
      anyAlive(),
    );
    await started.promise;
    const other = join({ lockMs: LOCK_MS });
    const load = vi.fn(async () => credentials());
    const before = performance.now();
    await other.cache.through(cacheKey('alice'), load, anyAlive());
    expect(load).toHaveBeenCalledTimes(1);
    expect(performance.now() - before).toBeLessThan(LOCK_MS + 500);
    expect(performance.now() - before).toBeGreaterThan(LOCK_MS / 3);
    expect(never).toBeInstanceOf(Promise);
  });

  it('does not let go of a lock that has become another’s', async () => {
    const slow = join({ lockMs: 100 });
    const gate = Promise.withResolvers<ReturnType<typeof credentials>>();
    const loading = slow.cache.through(cacheKey('alice'), () => gate.promise, anyAlive());
    let lock: string | undefined;
    await expect
      .poll(async () => {
        lock = [...(await redis.dump()).keys()].find((name) => name.endsWith(':lock'));
        return lock;
      })
      .toBeDefined();
    await redis.command('SET', lock ?? '', 'of another', 'PX', '10000');
    gate.resolve(credentials());
    await loading;
    await slow.cache.close();
    expect((await redis.dump()).get(lock ?? '')).toBe('of another');
  });

  it('does not share long-lived keys, and asks nothing more for them', async () => {
    const one = join();
    const { expiresAt: _, ...keys } = credentials();
    const load = vi.fn(async () => keys);
    expect(await one.cache.through('chain', load, anyAlive())).toBe(keys);
    await expect.poll(() => redis.dump().then(({ size }) => size)).toBe(0);
    const before = one.outcomes.length;
    expect(await one.cache.through('chain', load, anyAlive())).toBe(keys);
    expect(one.outcomes.length).toBe(before);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('forgets what it is told to', async () => {
    const [one, two] = [join(), join()];
    await one.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
    await expect.poll(() => one.count('stored')).toBe(1);
    await two.cache.forget(cacheKey('alice'));
    expect((await redis.dump()).size).toBe(0);
  });
});
