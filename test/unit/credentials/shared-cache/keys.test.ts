import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { REDIS_ABSENT, type Redis, startRedis } from '../../../support/redis.ts';
import { anyAlive, cacheKey, credentials, keyOf, type Replica, ROLE_ARN, replica } from './support.ts';

const skipped = REDIS_ABSENT ? ` (skipped: ${REDIS_ABSENT})` : '';

describe.skipIf(REDIS_ABSENT)(`the keys of a fleet${skipped}`, () => {
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

  it('reads what was left under a previous key, writes under the first, forgets both', async () => {
    const before = join();
    const old = await before.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
    await expect.poll(() => before.count('stored')).toBe(1);
    const rotated = join({ keys: [keyOf('two'), keyOf('one')] });
    const load = vi.fn(async () => credentials());
    expect(await rotated.cache.through(cacheKey('alice'), load, anyAlive())).toEqual(old);
    expect(load).not.toHaveBeenCalled();
    const fresh = { livesBeyond: old.expiresAt ?? 0, keepUntil: Number.POSITIVE_INFINITY };
    const renewed = await rotated.cache.through(cacheKey('alice'), async () => credentials(7_200_000), fresh);
    await expect.poll(() => rotated.count('stored')).toBe(1);
    const onlyNew = join({ keys: [keyOf('two')] });
    expect(await onlyNew.cache.through(cacheKey('alice'), load, anyAlive())).toEqual(renewed);
    expect(onlyNew.outcomes).toEqual(['hit']);
    expect((await redis.dump()).size).toBe(2);
    await rotated.cache.forget(cacheKey('alice'));
    expect((await redis.dump()).size).toBe(0);
  });

  it('replicas without a common key do not see each other’s entries', async () => {
    const [one, two] = [join(), join({ keys: [keyOf('two')] })];
    await one.cache.through(cacheKey('alice'), async () => credentials(), anyAlive());
    await expect.poll(() => one.count('stored')).toBe(1);
    const own = credentials();
    expect(await two.cache.through(cacheKey('alice'), async () => own, anyAlive())).toBe(own);
    expect(two.count('refused')).toBe(0);
  });

  it('leaves nothing in the server that can be read', async () => {
    const one = join();
    const issued = await Promise.all(
      ['alice', 'bob', 'carol'].map((caller) =>
        one.cache.through(cacheKey(caller), async () => credentials(), anyAlive()),
      ),
    );
    const started = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const holding = one.cache.through(
      cacheKey('dave'),
      async () => {
        started.resolve();
        await looked.promise;
        return credentials();
      },
      anyAlive(),
    );
    await started.promise;
    await expect.poll(() => one.count('stored')).toBe(3);
    const dump = await redis.dump();
    looked.resolve();
    expect(dump.size).toBe(4);
    const everything = [...dump].flat().join('\n');
    const secrets = [
      ...issued.flatMap(({ accessKeyId, secretAccessKey, sessionToken = '' }) => [
        accessKeyId,
        secretAccessKey,
        sessionToken,
      ]),
      ...['alice', 'bob', 'carol', 'dave'].flatMap((caller) => [caller, cacheKey(caller).split('\0')[1] ?? '']),
      ...[ROLE_ARN, 'orders-caller', '123456789012', 'arn:aws', 'ASIA', 'accessKeyId', 'expiresAt', keyOf('one').id],
    ];
    for (const secret of secrets) {
      for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64url')]) {
        expect(everything).not.toContain(form);
      }
    }
    await holding;
  });
});
