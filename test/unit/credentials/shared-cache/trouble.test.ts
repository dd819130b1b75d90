import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { selfSignedCertificate } from '../../../e2e/support/certificate.ts';
import { REDIS_ABSENT, type Redis, type RedisOptions, startRedis } from '../../../support/redis.ts';
import { anyAlive, cacheKey, credentials, type Replica, replica } from './support.ts';

const skipped = REDIS_ABSENT ? ` (skipped: ${REDIS_ABSENT})` : '';
const TIMEOUT_MS = 60;
/** Far less than the time-out of replicas that have none of their own. */
const AT_ONCE_MS = 500;
const PASSWORD = 'example-password-of-the-cache';

describe.skipIf(REDIS_ABSENT)(`the server of a shared cache${skipped}`, () => {
  let redis: Redis;
  let one: Replica;
  afterEach(async () => {
    try {
      await one.cache.close();
    } finally {
      await redis.close();
    }
  });
  const start = async (options: RedisOptions = {}, ofReplica: Parameters<typeof replica>[1] = {}) => {
    redis = await startRedis(options);
    one = replica(redis.url, ofReplica);
  };
  let asked = 0;
  /** Credentials that nobody has asked for before; resolves to how long it took, in milliseconds. */
  const askAnew = async (): Promise<number> => {
    asked += 1;
    const expected = credentials();
    const before = performance.now();
    expect(await one.cache.through(cacheKey(`caller ${asked}`), async () => expected, anyAlive())).toBe(expected);
    return performance.now() - before;
  };

  it.each(['unix', 'tcp'] as const)('stopped: loads at once; started again: shares again (%s)', async (transport) => {
    await start({ transport });
    await askAnew();
    await expect.poll(() => one.count('stored')).toBe(1);
    await redis.stop();
    for (let index = 0; index < 5; index++) expect(await askAnew()).toBeLessThan(AT_ONCE_MS);
    expect(one.count('down')).toBeGreaterThanOrEqual(5);
    expect(one.log.map(([message]) => message)).toContain('the shared cache cannot be reached');
    await redis.start();
    await expect
      .poll(
        async () => {
          await askAnew();
          return one.count('stored');
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(1);
    expect(one.log.at(-1)).toEqual(['the shared cache is back', {}]);
  });

  it('absent from the start: loads at once, and shares when it comes', async () => {
    await start();
    const { url } = redis;
    await one.cache.close();
    await redis.stop();
    one = replica(url);
    await askAnew();
    expect(await askAnew()).toBeLessThan(AT_ONCE_MS);
    expect(new Set(one.outcomes)).toEqual(new Set(['down']));
    await redis.start();
    await expect
      .poll(
        async () => {
          await askAnew();
          return one.count('stored');
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);
  });

  it('slow: one time-out each until it is left alone, then no wait; shares again when it is well', async () => {
    await start({}, { timeoutMs: TIMEOUT_MS });
    await askAnew();
    await redis.command('CLIENT', 'PAUSE', '1500');
    let waited = 0;
    for (let index = 0; index < 40; index++) waited += await askAnew();
    // Three failures in a row open the circuit, and each second one request tries again.
    expect(waited).toBeLessThan(TIMEOUT_MS * 12);
    expect(one.count('timeout')).toBeGreaterThanOrEqual(2);
    expect(one.count('down')).toBeGreaterThan(10);
    const before = one.count('stored');
    await expect
      .poll(
        async () => {
          await askAnew();
          return one.count('stored');
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(before);
  });

  it('slow for 100 at once: all of them go on within the time-outs', async () => {
    await start({}, { timeoutMs: TIMEOUT_MS });
    await askAnew();
    // Ended with the server, long before it wakes.
    redis.command('DEBUG', 'SLEEP', '10').catch(() => {});
    await expect.poll(() => askAnew().then(() => one.count('timeout'))).toBeGreaterThan(0);
    const took = await Promise.all(Array.from({ length: 100 }, () => askAnew()));
    expect(Math.max(...took)).toBeLessThan(2_000);
  });

  it('answers too late that a lock was taken: the lock is let go', async () => {
    await start({}, { timeoutMs: TIMEOUT_MS, lockMs: 30_000 });
    await askAnew();
    await expect.poll(() => one.count('stored')).toBe(1);
    await redis.command('CONFIG', 'RESETSTAT');
    // Reads pass, so the lock is the first to wait.
    await redis.command('CLIENT', 'PAUSE', '300', 'WRITE');
    const gate = Promise.withResolvers<ReturnType<typeof credentials>>();
    const loading = one.cache.through(cacheKey('late'), () => gate.promise, anyAlive());
    // While it loads nobody but the late answer can have it released.
    const commands = async () => String(await redis.command('INFO', 'commandstats'));
    await expect.poll(commands, { timeout: 5_000 }).toMatch(/cmdstat_eval:calls=1,/);
    expect(one.outcomes).toContain('timeout');
    expect([...(await redis.dump()).keys()].filter((name) => name.endsWith(':lock'))).toEqual([]);
    gate.resolve(credentials());
    await loading;
  });

  it('frozen for good: the connection is given up, and a new one finds it when it thaws', async () => {
    await start({ transport: 'tcp' }, { timeoutMs: TIMEOUT_MS });
    await askAnew();
    redis.freeze();
    await expect
      .poll(
        async () => {
          await askAnew();
          return one.log.map(([message]) => message);
        },
        { timeout: 15_000, interval: 100 },
      )
      .toContain('the shared cache cannot be reached');
    redis.thaw();
    const before = one.count('stored');
    await expect
      .poll(
        async () => {
          await askAnew();
          return one.count('stored');
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBeGreaterThan(before);
  });

  it.each([
    ['', ''],
    ['/2', ' +select'],
  ])('with an ACL: the commands of the docs are enough, in the database %j', async (database, more) => {
    const acl = `cache on >${PASSWORD} resetkeys ~sigv4:* nocommands +exists +getrange +get +set +del +eval${more}`;
    redis = await startRedis({ transport: 'tcp', args: ['--user', ...acl.split(' '), '--user', 'default', 'off'] });
    one = replica(`${redis.url}${database}`, { username: 'cache', password: PASSWORD });
    await askAnew();
    await expect.poll(() => one.outcomes).toEqual(['miss', 'stored']);
    await one.cache.forget(cacheKey(`caller ${asked}`));
    expect(one.outcomes).toEqual(['miss', 'stored']);
    await askAnew();
    await expect.poll(() => one.count('stored')).toBe(2);
  });

  it('that wants a password: a wrong one is named by its code, and nobody learns it', async () => {
    const password = vi.fn(async () => `wrong-${PASSWORD}`);
    await start({ args: ['--requirepass', PASSWORD] }, { password });
    await askAnew();
    expect(one.outcomes).toContain('down');
    await expect.poll(() => one.log).toContainEqual(['the shared cache cannot be reached', { reason: 'WRONGPASS' }]);
    expect(JSON.stringify(one.log)).not.toContain(PASSWORD);
    // The password's file was put right.
    password.mockResolvedValue(PASSWORD);
    await expect
      .poll(
        async () => {
          await askAnew();
          return one.count('stored');
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);
  });

  it('that became a replica: asked under its name again', async () => {
    await start();
    await askAnew();
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    await askAnew();
    await expect.poll(() => one.log).toContainEqual(['the shared cache cannot be reached', { reason: 'READONLY' }]);
  });

  it('by TLS: its certificate is checked against the CA file, and its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shared-cache-'));
    const caFile = join(folder, 'ca.pem');
    try {
      const certificate = selfSignedCertificate(['localhost']);
      writeFileSync(caFile, certificate.cert);
      await start({ transport: 'tls', certificate }, { tls: { caFile } });
      await askAnew();
      await expect.poll(() => one.outcomes).toEqual(['miss', 'stored']);
      await one.cache.close();
      writeFileSync(caFile, selfSignedCertificate(['localhost']).cert);
      one = replica(redis.url, { tls: { caFile } });
      await askAnew();
      expect(new Set(one.outcomes)).toEqual(new Set(['down']));
      await one.cache.close();
      one = replica(redis.url.replace('localhost', '127.0.0.1'), { tls: { caFile } });
      await askAnew();
      expect(new Set(one.outcomes)).toEqual(new Set(['down']));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
