import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignerError } from '../../../src/errors/index.ts';
import { ORDERS_CALLER_ROLE } from '../../stand-in/demo-config.ts';
import {
  type CredentialBench,
  callerIdentity,
  got,
  roleSession,
  startCredentialBench,
  thrownBy,
} from '../../support/stand-in-credentials.ts';

let bench: CredentialBench;
const tokenOf = (sub: string, expiresIn = 3600) => bench.standIn.issuer.issueToken({ sub, expiresIn });

beforeEach(async () => {
  bench = await startCredentialBench();
});
afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

describe('credentials for a caller', () => {
  it('are asked for once by 100 at a time, and by none after', async () => {
    const token = await tokenOf('alice');
    const all = await Promise.all(
      Array.from({ length: 100 }, () => bench.source.credentialsFor(callerIdentity(), { token })),
    );
    expect(new Set(all).size).toBe(1);
    expect(bench.standIn.sts.calls).toMatchObject([
      { action: 'AssumeRoleWithWebIdentity', sessionName: 'orders', outcome: 'ok' },
    ]);
    const cached = bench.source.credentialsFor(callerIdentity(), { token });
    expect(cached).not.toBeInstanceOf(Promise);
    expect(cached).toBe(all[0]);
    expect(bench.standIn.sts.calls).toHaveLength(1);
    expect(bench.lookups.filter((outcome) => outcome === 'hit')).toHaveLength(1);
    expect(bench.stsCalls).toEqual([['AssumeRoleWithWebIdentity', 'ok']]);
  });

  it('are each caller’s, each role session’s and each endpoint’s own', async () => {
    const [alice, bob] = await Promise.all([tokenOf('alice'), tokenOf('bob')]);
    const all = await Promise.all([
      bench.source.credentialsFor(callerIdentity(), { token: alice }),
      bench.source.credentialsFor(callerIdentity(), { token: bob }),
      bench.source.credentialsFor(callerIdentity(roleSession(ORDERS_CALLER_ROLE, 'other')), { token: alice }),
      bench.source.credentialsFor(callerIdentity({ durationSeconds: 900 }), { token: alice }),
      bench.source.credentialsFor(callerIdentity({}, { region: 'us-east-1' }), { token: alice }),
    ]);
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(5);
    expect(bench.source.size).toBe(5);
    const subjects = all.map(({ accessKeyId }) => bench.standIn.store.find(accessKeyId)?.principal.subject);
    expect(subjects).toEqual(['alice', 'bob', 'alice', 'alice', 'alice']);
    expect(bench.standIn.sts.calls.map(({ parameters }) => parameters.DurationSeconds)).toContain('900');
  });

  it('are kept by their token to the letter: another of the same subject asks again', async () => {
    const first = await tokenOf('alice');
    const second = await bench.standIn.issuer.issueToken({ sub: 'alice', nonce: 'other' });
    await bench.source.credentialsFor(callerIdentity(), { token: first });
    await bench.source.credentialsFor(callerIdentity(), { token: second });
    expect(bench.standIn.sts.calls).toHaveLength(2);
  });

  it('are never used past their expiry', async () => {
    bench.standIn.sts.lifetimeSeconds = 60;
    const token = await tokenOf('alice');
    const first = await got(bench.source.credentialsFor(callerIdentity(), { token }));
    const end = first.expiresAt ?? 0;
    vi.useFakeTimers({ toFake: ['Date'], now: end - 5_001 });
    expect(bench.source.credentialsFor(callerIdentity(), { token })).toBe(first);
    vi.setSystemTime(end - 5_000);
    expect((await got(bench.source.credentialsFor(callerIdentity(), { token }))).accessKeyId).not.toBe(
      first.accessKeyId,
    );
  });

  it('that are too short-lived to be kept still serve those who wait for them', async () => {
    bench.standIn.sts.lifetimeSeconds = 2;
    const token = await tokenOf('alice');
    const waiting = [1, 2, 3].map(() => bench.source.credentialsFor(callerIdentity(), { token }));
    expect(new Set((await Promise.all(waiting)).map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    await bench.source.credentialsFor(callerIdentity(), { token });
    expect(bench.standIn.sts.calls).toHaveLength(2);
  });

  it('are never used past the token’s own end, and then STS is not asked', async () => {
    const token = await tokenOf('alice', 30);
    const first = await got(bench.source.credentialsFor(callerIdentity(), { token }));
    expect((first.expiresAt ?? 0) - Date.now()).toBeGreaterThan(600_000);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
    const error = await thrownBy(() => bench.source.credentialsFor(callerIdentity(), { token }));
    expect(error).toMatchObject({ code: 'SIGV4_TOKEN_EXPIRED', status: 401 });
    expect(bench.standIn.sts.calls).toHaveLength(1);
  });

  it('hold no more identities than they may', async () => {
    const source = bench.newSource({ maxEntries: 2 });
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => tokenOf(sub)));
    for (const token of tokens) await source.credentialsFor(callerIdentity(), { token });
    expect(source.size).toBe(2);
    await source.credentialsFor(callerIdentity(), { token: tokens[0] ?? '' });
    expect(bench.standIn.sts.calls).toHaveLength(4);
  });
});

describe('a token that STS does not take', () => {
  it('expired: refused without a call', async () => {
    const error = await thrownBy(async () =>
      bench.source.credentialsFor(callerIdentity(), { token: await tokenOf('alice', -60) }),
    );
    expect(error).toMatchObject({ code: 'SIGV4_TOKEN_EXPIRED', status: 401 });
    expect(bench.standIn.sts.calls).toHaveLength(0);
  });

  it('expired by STS’s clock alone', async () => {
    const token = await tokenOf('alice', -60);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    const pending = bench.source.credentialsFor(callerIdentity(), { token });
    vi.useRealTimers();
    expect(await thrownBy(() => pending)).toMatchObject({ code: 'SIGV4_TOKEN_EXPIRED', status: 401 });
    expect(bench.standIn.sts.calls).toMatchObject([{ outcome: 'ExpiredTokenException' }]);
  });

  it.each<[string, () => Promise<string>, string, number, string]>([
    ['of no form', async () => 'opaque-token', 'SIGV4_TOKEN_INVALID', 401, 'InvalidIdentityToken'],
    [
      'of another key',
      () => bench.standIn.issuer.issueToken({ sub: 'a' }, { key: 'other' }),
      'SIGV4_TOKEN_INVALID',
      401,
      'InvalidIdentityToken',
    ],
    [
      'for another audience',
      () => bench.standIn.issuer.issueToken({ sub: 'a', aud: 'someone-else' }),
      'SIGV4_TOKEN_INVALID',
      401,
      'InvalidIdentityToken',
    ],
    ['rejected by its provider', () => tokenOf('mallory'), 'SIGV4_IDP_REJECTED', 403, 'IDPRejectedClaim'],
  ])('%s', async (_, token, code, status, outcome) => {
    bench.standIn.sts.rejectedSubjects.add('mallory');
    const value = await token();
    const error = (await thrownBy(() =>
      bench.source.credentialsFor(callerIdentity(), { token: value }),
    )) as SignerError;
    expect(error).toMatchObject({ code, status });
    expect(error.message).not.toContain(value);
    expect(bench.standIn.sts.calls).toMatchObject([{ outcome }]);
    expect(bench.source.size).toBe(0);
  });

  it('of a caller that the role does not trust', async () => {
    const identity = callerIdentity({ arn: 'arn:aws:iam::123456789012:role/absent' });
    const error = (await thrownBy(async () =>
      bench.source.credentialsFor(identity, { token: await tokenOf('alice') }),
    )) as SignerError;
    expect(error).toMatchObject({ code: 'SIGV4_ACCESS_DENIED', status: 403 });
    expect(error.message).not.toContain('arn:');
  });

  it('whose provider cannot be reached', async () => {
    const token = await tokenOf('alice');
    await bench.standIn.issuer.close();
    const error = await thrownBy(() => bench.source.credentialsFor(callerIdentity(), { token }));
    expect(error).toMatchObject({ code: 'SIGV4_STS_UNAVAILABLE', status: 503, retryAfterSeconds: 1 });
  });
});
