import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEMO_WORKLOAD, REPORTS_WORKLOAD_ROLE } from '../../stand-in/demo-config.ts';
import {
  type CredentialBench,
  got,
  roleSession,
  startCredentialBench,
  thrownBy,
  workloadIdentity,
} from '../../support/stand-in-credentials.ts';

let bench: CredentialBench;

beforeEach(async () => {
  bench = await startCredentialBench();
});
afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

describe('the workload’s own keys', () => {
  it('come from the environment, without STS', async () => {
    const { accessKeyId, secretAccessKey } = DEMO_WORKLOAD;
    expect(await bench.source.credentialsFor(workloadIdentity())).toEqual({ accessKeyId, secretAccessKey });
    expect(bench.standIn.sts.calls).toEqual([]);
    expect(bench.source.credentialsFor(workloadIdentity())).not.toBeInstanceOf(Promise);
  });

  it('are read again after five minutes', async () => {
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    await bench.source.credentialsFor(workloadIdentity());
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAROTATED');
    vi.setSystemTime(start + 299_000);
    expect(await bench.source.credentialsFor(workloadIdentity())).toMatchObject({
      accessKeyId: DEMO_WORKLOAD.accessKeyId,
    });
    vi.setSystemTime(start + 300_001);
    expect(await bench.source.credentialsFor(workloadIdentity())).toMatchObject({ accessKeyId: 'AKIAROTATED' });
  });

  it('are never older than five minutes, whoever loaded them first', async () => {
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    await bench.source.credentialsFor(workloadIdentity({}));
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAROTATED');
    vi.setSystemTime(start + 299_000);
    await bench.source.credentialsFor(workloadIdentity());
    vi.setSystemTime(start + 301_000);
    expect(await bench.source.credentialsFor(workloadIdentity())).toMatchObject({ accessKeyId: 'AKIAROTATED' });
  });

  it('that are nowhere: unavailable, and asked for anew by the next request', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    expect(await thrownBy(() => bench.source.credentialsFor(workloadIdentity()))).toMatchObject({
      code: 'SIGV4_NO_WORKLOAD_CREDENTIALS',
      status: 503,
      retryAfterSeconds: 1,
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', DEMO_WORKLOAD.accessKeyId);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
    await expect(bench.source.credentialsFor(workloadIdentity())).resolves.toBeDefined();
  });
});

describe('a role that the workload assumes', () => {
  it('is assumed once by 100 at a time, with the workload’s keys', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => bench.source.credentialsFor(workloadIdentity({}))));
    expect(new Set(all).size).toBe(1);
    expect(bench.standIn.sts.calls).toMatchObject([{ action: 'AssumeRole', sessionName: 'reports', outcome: 'ok' }]);
    const { principal } = bench.standIn.store.find(all[0]?.accessKeyId ?? '') ?? {};
    expect(principal).toMatchObject({ sessionName: 'reports' });
    expect(principal?.roleArn).toContain('reports-workload');
  });

  it('of two sessions are two', async () => {
    const [one, two] = await Promise.all([
      bench.source.credentialsFor(workloadIdentity({})),
      bench.source.credentialsFor(workloadIdentity(roleSession(REPORTS_WORKLOAD_ROLE, 'other'))),
    ]);
    expect(one.accessKeyId).not.toBe(two.accessKeyId);
  });

  it('is assumed again before its session ends', async () => {
    bench.standIn.sts.lifetimeSeconds = 60;
    const first = await got(bench.source.credentialsFor(workloadIdentity({})));
    vi.useFakeTimers({ toFake: ['Date'], now: (first.expiresAt ?? 0) - 5_000 });
    expect(await bench.source.credentialsFor(workloadIdentity({}))).not.toBe(first);
    expect(bench.standIn.sts.calls).toHaveLength(2);
  });

  it('with keys that STS does not know: no valid credentials', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    expect(await thrownBy(() => bench.source.credentialsFor(workloadIdentity({})))).toMatchObject({
      code: 'SIGV4_NO_WORKLOAD_CREDENTIALS',
      status: 503,
    });
  });

  it('is denied as the workload’s trouble, not the caller’s', async () => {
    const identity = workloadIdentity({ arn: 'arn:aws:iam::123456789012:role/absent' });
    expect(await thrownBy(() => bench.source.credentialsFor(identity))).toMatchObject({
      code: 'SIGV4_ROLE_ACCESS_DENIED',
      status: 500,
    });
  });

  it('without any keys of the workload’s own: unavailable, and STS is not asked', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    expect(await thrownBy(() => bench.source.credentialsFor(workloadIdentity({})))).toMatchObject({
      code: 'SIGV4_NO_WORKLOAD_CREDENTIALS',
    });
    expect(bench.standIn.sts.calls).toEqual([]);
  });
});
