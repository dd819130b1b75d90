import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenHash } from '../../../src/credentials/bearer-token.ts';
import { type IssuerKey, issuerKey, type JwksServer, mint, startJwksServer } from '../../support/token-issuer.ts';
import { type Checked, claims, eventually, issuer, tokenCheck } from './token-check-support.ts';

const START = Date.UTC(2026, 0, 1);
let key: IssuerKey;
let other: IssuerKey;
let server: JwksServer;
let checked: Checked;

beforeAll(async () => {
  [key, other] = await Promise.all([issuerKey('ES256', 'first'), issuerKey('ES256', 'other')]);
});
beforeEach(async () => {
  vi.useFakeTimers({ now: START, toFake: ['Date', 'performance'] });
  server = await startJwksServer([key.jwk, other.jwk]);
  checked = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })]);
});
afterEach(async () => {
  vi.useRealTimers();
  checked.check.close();
  await server.close();
});

const expiringIn = (seconds: number) => mint(key, claims({ exp: START / 1000 + seconds }));

describe('a verified token', () => {
  it('is given at once from then on, without a verification', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const token = await expiringIn(600);
    const verified = await checked.verify(token);
    for (let i = 0; i < 10; i++) expect(checked.check.verify(token, tokenHash(token))).toBe(verified);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(checked.outcomes).toEqual(['verified', ...Array(10).fill('remembered')]);
    verify.mockRestore();
  });

  it('is verified once for all who ask at the same time', async () => {
    const token = await expiringIn(600);
    const answers = await Promise.all(Array.from({ length: 200 }, () => checked.verify(token)));
    expect(new Set(answers).size).toBe(1);
    expect(checked.outcomes).toEqual(['verified']);
  });

  it('is forgotten at its end', async () => {
    const token = await expiringIn(60);
    await checked.verify(token);
    vi.advanceTimersByTime(59_999);
    await checked.verify(token);
    expect(checked.outcomes).toEqual(['verified', 'remembered']);
    // Within the tolerance it is good yet, by a verification each time.
    vi.advanceTimersByTime(1);
    await checked.verify(token);
    await checked.verify(token);
    expect(checked.outcomes.slice(2)).toEqual(['verified', 'verified']);
    vi.advanceTimersByTime(5_000);
    await expect(checked.verify(token)).rejects.toMatchObject({ code: 'SIGV4_TOKEN_EXPIRED' });
  });

  it('is forgotten after five minutes, while the keys are always fresh', async () => {
    const token = await expiringIn(3_600);
    await checked.verify(token);
    vi.advanceTimersByTime(240_000);
    await checked.verify(token);
    await eventually(() => expect(checked.readings).toEqual(['read', 'read']));
    vi.advanceTimersByTime(59_999);
    await checked.verify(token);
    expect(checked.outcomes).toEqual(['verified', 'remembered', 'remembered']);
    vi.advanceTimersByTime(1);
    await checked.verify(token);
    expect(checked.outcomes.at(-1)).toBe('verified');
  });

  it('is not kept past five minutes by a clock that is set back', async () => {
    const token = await expiringIn(7_200);
    await checked.verify(token);
    vi.advanceTimersByTime(300_000);
    vi.setSystemTime(START);
    await checked.verify(token);
    expect(checked.outcomes).toEqual(['verified', 'verified']);
  });

  it('is verified anew as soon as one of the issuer’s keys is known to be withdrawn', async () => {
    const [token, withdrawn] = [await expiringIn(3_600), await mint(other, claims())];
    await Promise.all([checked.verify(token), checked.verify(withdrawn)]);
    server.keys = [key.jwk];
    vi.advanceTimersByTime(240_000);
    await checked.verify(token);
    await eventually(() => expect(checked.readings).toEqual(['read', 'read']));
    await expect(checked.verify(withdrawn)).rejects.toMatchObject({ code: 'SIGV4_TOKEN_INVALID' });
    await checked.verify(token);
    expect(checked.outcomes).toEqual(['verified', 'verified', 'remembered', 'refused', 'verified']);
  });

  it('stays remembered when the issuer adds a key', async () => {
    server.keys = [key.jwk];
    const token = await expiringIn(3_600);
    await checked.verify(token);
    server.keys = [other.jwk, key.jwk];
    await checked.verify(await mint(other, claims()));
    await checked.verify(token);
    expect(checked.outcomes).toEqual(['verified', 'verified', 'remembered']);
  });
});

it('refusals are not remembered', async () => {
  const early = await mint(key, claims({ nbf: START / 1000 + 60 }));
  await expect(checked.verify(early)).rejects.toMatchObject({ code: 'SIGV4_TOKEN_INVALID' });
  vi.advanceTimersByTime(60_000);
  await expect(checked.verify(early)).resolves.toBeDefined();
});
