import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DerivedKey } from '../../../../src/credentials/shared-cache/derived-key.ts';
import { seal } from '../../../../src/credentials/shared-cache/seal.ts';
import { REDIS_ABSENT, type Redis, startRedis } from '../../../support/redis.ts';
import { anyAlive, cacheKey, credentials, keyOf, type Replica, replica } from './support.ts';

const skipped = REDIS_ABSENT ? ` (skipped: ${REDIS_ABSENT})` : '';
const key = new DerivedKey(keyOf('one'));
const ALICE = key.nameOf(cacheKey('alice'));
const BOB = key.nameOf(cacheKey('bob'));

describe.skipIf(REDIS_ABSENT)(`somebody who writes to the server${skipped}`, () => {
  let redis: Redis;
  let one: Replica;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());
  afterEach(async () => {
    await one.cache.close();
    await redis.command('FLUSHALL');
  });

  const read = async (name: string) => (await redis.command('GET', name)) as Buffer;
  const poisons: [name: string, () => Promise<unknown>][] = [
    ['garbage', () => redis.command('SET', ALICE, 'garbage')],
    ['random bytes', () => redis.command('SET', ALICE, randomBytes(300))],
    ['plain JSON', () => redis.command('SET', ALICE, JSON.stringify({ ...credentials(), keepUntil: null }))],
    ['another key’s entry', async () => redis.command('SET', ALICE, await read(BOB))],
    [
      'a changed byte',
      async () => {
        const value = await read(ALICE);
        value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
        await redis.command('SET', ALICE, value);
      },
    ],
    [
      'another version',
      async () => {
        const value = await read(ALICE);
        value[0] = 2;
        await redis.command('SET', ALICE, value);
      },
    ],
    ['a well sealed nothing', () => redis.command('SET', ALICE, seal(key, cacheKey('alice'), Buffer.from('{}')))],
    ['8 MiB', () => redis.command('SET', ALICE, Buffer.alloc(8 << 20, 1))],
    [
      'a list',
      async () => {
        await redis.command('DEL', ALICE);
        await redis.command('RPUSH', ALICE, 'a');
      },
    ],
  ];

  it.each(poisons)('%s in place of an entry: refused, loaded, mended', async (_, poison) => {
    one = replica(redis.url);
    const load = vi.fn(async () => credentials());
    await one.cache.through(cacheKey('alice'), load, anyAlive());
    await one.cache.through(cacheKey('bob'), load, anyAlive());
    await expect.poll(() => one.count('stored')).toBe(2);
    await poison();
    one.outcomes.length = 0;
    const loaded = credentials();
    expect(await one.cache.through(cacheKey('alice'), async () => loaded, anyAlive())).toBe(loaded);
    await expect.poll(() => one.outcomes).toEqual(['refused', 'miss', 'stored']);
    expect(await one.cache.through(cacheKey('alice'), load, anyAlive())).toEqual(loaded);
    expect(one.outcomes.at(-1)).toBe('hit');
    expect(load).toHaveBeenCalledTimes(2);
    expect(one.log).toEqual([['an entry of the shared cache is not what was stored under its name', { entry: ALICE }]]);
  });

  it('much in place of an entry: is not read to its end', async () => {
    one = replica(redis.url);
    await redis.command('SET', ALICE, Buffer.alloc(8 << 20, 1));
    await redis.command('CONFIG', 'RESETSTAT');
    await one.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
    const [, sent] = /total_net_output_bytes:(\d+)/.exec(String(await redis.command('INFO', 'stats'))) ?? [];
    expect(Number(sent)).toBeLessThan(1 << 20);
    expect(one.count('refused')).toBe(1);
  });

  it.each([
    ['that never ends', () => redis.command('SET', `${ALICE}:lock`, 'mine')],
    ['that is a list', () => redis.command('RPUSH', `${ALICE}:lock`, 'mine')],
  ])('a lock %s: costs its life once, and is no reason not to load', async (_, lock) => {
    one = replica(redis.url, { lockMs: 200 });
    await lock();
    const before = performance.now();
    await one.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
    expect(performance.now() - before).toBeLessThan(1_000);
    await expect.poll(() => one.count('stored')).toBe(1);
    await one.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
    expect(one.outcomes.at(-1)).toBe('hit');
  });
});
