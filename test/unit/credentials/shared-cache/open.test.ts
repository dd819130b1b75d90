import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerFileError, sharedCacheSchema } from '../../../../src/config/index.ts';
import { Clock } from '../../../../src/credentials/clock.ts';
import { openSharedCache, type SharedCacheOutcome } from '../../../../src/credentials/shared-cache/index.ts';
import { REDIS_ABSENT, type Redis, startRedis } from '../../../support/redis.ts';
import { anyAlive, cacheKey, credentials } from './support.ts';

const HEX_KEY = '0123456789abcdef'.repeat(4);
const BASE64_KEY = Buffer.from(HEX_KEY, 'hex').toString('base64');
const OTHER_KEY = 'fedcba9876543210'.repeat(4);

const folder = mkdtempSync(join(tmpdir(), 'shared-cache-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (fields: object, env: NodeJS.ProcessEnv = {}, outcomes: SharedCacheOutcome[] = []) =>
  openSharedCache(sharedCacheSchema.parse({ url: `unix:${join(folder, 'nobody.sock')}`, ...fields }), {
    ...{ clock: new Clock(), env },
    observe: (outcome) => outcomes.push(outcome),
  });

async function problemsOf(fields: object, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  try {
    await (await open(fields, env)).close();
  } catch (error) {
    if (error instanceof ServerFileError) return error.problems;
    throw error;
  }
  return [];
}

describe('opening a shared cache', () => {
  it.each([HEX_KEY, HEX_KEY.toUpperCase(), `${BASE64_KEY}\n`, ` ${HEX_KEY} `])('takes the key %j', async (text) => {
    expect(await problemsOf({ key_env: 'KEY' }, { KEY: text })).toEqual([]);
    expect(await problemsOf({ key_file: file('key', text) })).toEqual([]);
  });

  it.each([
    'abc',
    HEX_KEY.slice(1),
    `${HEX_KEY}0`,
    BASE64_KEY.slice(0, -1),
    'x'.repeat(44),
    Buffer.alloc(31).toString('base64'),
  ])('does not take the key %j, and does not repeat it', async (text) => {
    const message = ' must lead to a key of 32 bytes, in base64 or as 64 hexadecimal digits';
    expect(await problemsOf({ key_env: 'KEY' }, { KEY: text })).toEqual([`cache.shared.key_env${message}`]);
    expect(await problemsOf({ key_file: file('bad', text) })).toEqual([`cache.shared.key_file${message}`]);
  });

  it('names every field that leads nowhere', async () => {
    const absent = join(folder, 'absent');
    const fields = {
      url: 'rediss://localhost',
      key_file: absent,
      previous_key_files: [file('good', HEX_KEY), file('empty', '\n')],
      previous_key_envs: ['UNSET', 'BAD'],
      password_env: 'EMPTY',
      username: 'cache',
      ca_file: absent,
    };
    expect(await problemsOf(fields, { EMPTY: '', BAD: 'secret' })).toEqual([
      'cache.shared.key_file names a file that cannot be read (ENOENT)',
      'cache.shared.previous_key_files[1] names a file that is empty',
      'cache.shared.previous_key_envs[0] names a variable that is not set',
      'cache.shared.previous_key_envs[1] must lead to a key of 32 bytes, in base64 or as 64 hexadecimal digits',
      'cache.shared.password_env names a variable that is not set',
      'cache.shared.ca_file names a file that cannot be read (ENOENT)',
    ]);
  });
});

describe.skipIf(REDIS_ABSENT)(`an opened shared cache${REDIS_ABSENT ? ` (skipped: ${REDIS_ABSENT})` : ''}`, () => {
  let redis: Redis;
  beforeAll(async () => {
    redis = await startRedis({ args: ['--requirepass', 'example-password'] });
  });
  afterAll(() => redis.close());

  it('shares with those whose file holds the same key in another form, and reads a previous one', async () => {
    const outcomes: SharedCacheOutcome[] = [];
    const common = { url: redis.url, password_file: file('password', 'example-password\n'), timeout: 1 };
    const one = await open({ ...common, key_env: 'KEY' }, { KEY: HEX_KEY });
    const loaded = await one.through(cacheKey('alice'), async () => credentials(), anyAlive());
    await one.close();
    for (const fields of [
      { key_file: file('same', BASE64_KEY) },
      { key_file: file('new', OTHER_KEY), previous_key_files: [file('old', HEX_KEY)] },
    ]) {
      const other = await open({ ...common, ...fields }, {}, outcomes);
      expect(await other.through(cacheKey('alice'), async () => credentials(), anyAlive())).toEqual(loaded);
      await other.close();
    }
    expect(outcomes).toEqual(['hit', 'hit']);
  });
});
