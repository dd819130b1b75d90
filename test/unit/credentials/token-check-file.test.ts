import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type IssuerKey, issuerKey, mint } from '../../support/token-issuer.ts';
import { claims, issuer, tokenCheck } from './token-check-support.ts';

const MINUTE = 60_000;
const INVALID = 'SIGV4_TOKEN_INVALID';
const UNAVAILABLE = 'SIGV4_TOKEN_CHECK_UNAVAILABLE';
let first: IssuerKey;
let second: IssuerKey;
let folder: string;
let serial = 0;

beforeAll(async () => {
  [first, second] = await Promise.all([issuerKey('ES256', 'first'), issuerKey('ES256', 'second')]);
});
beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date', 'performance'] });
  folder = await mkdtemp(join(tmpdir(), 'jwks-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

/** A token that no memory knows. */
const fresh = (key = first) => mint(key, claims({ jti: String(serial++) }));

describe('keys in a file', () => {
  /** Written beside and moved over, as Kubernetes and careful people do. */
  const put = async (keys: JWK[]) => {
    await writeFile(join(folder, 'next.json'), JSON.stringify({ keys }));
    await rename(join(folder, 'next.json'), join(folder, 'jwks.json'));
  };
  const fromFile = () => tokenCheck([issuer({ jwks_file: join(folder, 'jwks.json'), algorithms: ['ES256'] })]);

  it('are read again when it changes; tokens of a key that is gone end with it', async () => {
    await put([first.jwk]);
    const check = fromFile();
    const old = await fresh();
    expect(await check.verdict(old)).toBe('verified');
    await put([second.jwk]);
    vi.advanceTimersByTime(5_000);
    expect(await check.verdict(old)).toBe(INVALID);
    expect(await check.verdict(fresh(second))).toBe('verified');
  });

  it('are read at once for a new kid', async () => {
    await put([first.jwk]);
    const check = fromFile();
    expect(await check.verdict(fresh())).toBe('verified');
    await put([first.jwk, second.jwk]);
    vi.advanceTimersByTime(1);
    expect(await check.verdict(fresh(second))).toBe('verified');
  });

  it('may come late, and work on where the file is broken or gone', async () => {
    const check = fromFile();
    expect(await check.verdict(fresh())).toBe(UNAVAILABLE);
    await put([first.jwk]);
    vi.advanceTimersByTime(1_000);
    expect(await check.verdict(fresh())).toBe('verified');
    await writeFile(join(folder, 'jwks.json'), '{"keys": [');
    vi.advanceTimersByTime(MINUTE);
    expect(await check.verdict(fresh())).toBe('verified');
    await rm(join(folder, 'jwks.json'));
    vi.advanceTimersByTime(MINUTE);
    expect(await check.verdict(fresh())).toBe('verified');
  });

  it('are refused where it is huge', async () => {
    await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [first.jwk] }).padEnd(1024 * 1024 + 1));
    expect(await fromFile().verdict(fresh())).toBe(UNAVAILABLE);
  });
});
