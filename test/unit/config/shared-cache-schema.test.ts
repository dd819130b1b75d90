import { describe, expect, it } from 'vitest';
import { sharedCacheSchema } from '../../../src/config/index.ts';
import { fieldPath, problemsOf } from '../../../src/config/validation.ts';

const LEAST = { url: 'redis://cache.example:6379', key_file: '/run/key' };

function problems(fields: object): string[] {
  const parsed = sharedCacheSchema.safeParse(fields);
  return parsed.success ? [] : problemsOf(parsed.error).map(({ path, message }) => `${fieldPath(path)} ${message}`);
}

describe('cache.shared', () => {
  it('needs an address and a key', () => {
    expect(sharedCacheSchema.parse(LEAST)).toEqual({
      url: LEAST.url,
      keys: [{ field: 'cache.shared.key_file', from: 'file', name: '/run/key' }],
      timeoutMs: 100,
      lockMs: 5_000,
    });
  });

  it('says all that can be said', () => {
    expect(
      sharedCacheSchema.parse({
        url: 'rediss://cache.example/2',
        username: 'signer',
        password_env: 'PASSWORD',
        key_env: 'KEY',
        previous_key_files: ['/run/old'],
        previous_key_envs: ['OLD', 'OLDER'],
        timeout: 0.25,
        lock: 10,
        ca_file: '/run/ca.pem',
      }),
    ).toEqual({
      url: 'rediss://cache.example/2',
      username: 'signer',
      password: { field: 'cache.shared.password_env', from: 'environment', name: 'PASSWORD' },
      keys: [
        { field: 'cache.shared.key_env', from: 'environment', name: 'KEY' },
        { field: 'cache.shared.previous_key_files[0]', from: 'file', name: '/run/old' },
        { field: 'cache.shared.previous_key_envs[0]', from: 'environment', name: 'OLD' },
        { field: 'cache.shared.previous_key_envs[1]', from: 'environment', name: 'OLDER' },
      ],
      timeoutMs: 250,
      lockMs: 10_000,
      caFile: '/run/ca.pem',
    });
  });

  it.each([
    'redis://localhost',
    'redis://localhost:6379/',
    'redis://[::1]:6379/15',
    'rediss://cache.example',
    'unix:/run/redis.sock',
    'unix:///run/redis.sock',
  ])('may be at %s', (url) => {
    expect(problems({ ...LEAST, url })).toEqual([]);
  });

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis:',
    'redis:///1',
    'redis://localhost/one',
    'redis://localhost?db=1',
    'unix:',
    'unix:/',
    'unix://run/redis.sock',
  ])('cannot be at %j', (url) => {
    expect(problems({ ...LEAST, url })).toEqual([
      'url must be redis://host:port, rediss://host:port (each with /database at will) or unix:/path',
    ]);
  });

  it.each(['redis://:hunter2@localhost', 'rediss://user@localhost', 'redis://user:hunter2@localhost'])(
    'has no user or password in its address: %s',
    (url) => {
      const [problem = '', ...others] = problems({ ...LEAST, url });
      expect(problem).toBe(
        'url must not hold a user or a password: username and password_file or password_env are for these',
      );
      expect(others).toEqual([]);
    },
  );

  it.each<[fields: object, problem: string]>([
    [{ key_file: undefined }, 'key_file is required, or key_env in its place'],
    [{ key_env: 'KEY' }, 'key_env must not stand beside key_file'],
    [{ password_file: '/p', password_env: 'P' }, 'password_env must not stand beside password_file'],
    [{ username: 'signer' }, 'username needs password_file or password_env beside it'],
    [{ ca_file: '/run/ca.pem' }, 'ca_file needs a url with rediss:'],
    [{ url: undefined }, 'url must be a string'],
    [{ timeout: 0 }, 'timeout must be at least 0.01'],
    [{ lock: 61 }, 'lock must be at most 60'],
    [{ previous_key_files: '/run/old' }, 'previous_key_files must be an array'],
    [{ password: 'hunter2' }, 'password is not a known field'],
    [{ key: 'hunter2' }, 'key is not a known field'],
  ])('%j: refused', (fields, problem) => {
    expect(problems({ ...LEAST, ...fields })).toEqual([problem]);
  });
});
