import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type SecretSource, ServerFileError, type SharedCacheConfig } from '../../config/index.ts';
import type { SharedCache } from './shared-cache.ts';
import type { SharedCacheKey, SharedCacheOptions } from './types.ts';

export interface OpenSharedCacheOptions extends Pick<SharedCacheOptions, 'clock' | 'observe' | 'log'> {
  /** Default: the process's own. */
  env?: NodeJS.ProcessEnv;
}

const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads keys and password and opens the shared cache. The password's file is read again at each connection.
 * @throws ServerFileError that names each field that cannot be used, never its value
 */
export async function openSharedCache(
  config: SharedCacheConfig,
  options: OpenSharedCacheOptions,
): Promise<SharedCache> {
  const { clock, observe, log, env = process.env } = options;
  const { url, username, password, timeoutMs, lockMs, caFile } = config;
  const problems: string[] = [];
  const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ServerFileError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const keys: SharedCacheKey[] = [];
  for (const source of config.keys) {
    const key = await attempt(async () => keyOf(source, await read(source, env)));
    // Two names for one key are harmless.
    if (key !== undefined && keys.every(({ id }) => id !== key.id)) keys.push(key);
  }
  if (password !== undefined) await attempt(() => read(password, env));
  if (caFile !== undefined) {
    await attempt(() => read({ field: 'cache.shared.ca_file', from: 'file', name: caFile }, env));
  }
  if (problems.length > 0) throw new ServerFileError(problems);
  // Redis's client is large, and of no use to those who share nothing.
  const { SharedCache } = await import('./shared-cache.ts');
  return new SharedCache({
    ...{ url, keys, timeoutMs, lockMs, clock, observe },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: () => read(password, env) }),
    ...(caFile !== undefined && { tls: { caFile } }),
    ...(log !== undefined && { log }),
  });
}

async function read({ field, from, name }: SecretSource, env: NodeJS.ProcessEnv): Promise<string> {
  const value = from === 'file' ? await readText(field, name) : env[name];
  const text = value?.trim();
  if (text) return text;
  throw new ServerFileError([
    `${field} ${from === 'file' ? 'names a file that is empty' : 'names a variable that is not set'}`,
  ]);
}

async function readText(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ServerFileError([`${field} names a file that cannot be read (${code})`]);
  }
}

/** The id is made of the key, so that replicas that have the same key call it the same. */
function keyOf({ field }: SecretSource, text: string): SharedCacheKey {
  if (!HEX.test(text) && !BASE64.test(text)) {
    throw new ServerFileError([`${field} must lead to a key of 32 bytes, in base64 or as 64 hexadecimal digits`]);
  }
  const secret = Buffer.from(text, HEX.test(text) ? 'hex' : 'base64');
  const labelled = createHmac('sha256', secret).update('sigv4-extproc shared cache key id').digest();
  return { id: createHash('sha256').update(labelled).digest('hex').slice(0, 8), secret };
}
