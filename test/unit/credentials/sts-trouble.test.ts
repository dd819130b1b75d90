import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StsErrorAnswer } from '../../../src/credentials/sts-error-answer.ts';
import { stsError } from '../../../src/credentials/sts-errors.ts';
import { StsThread } from '../../../src/credentials/sts-thread/index.ts';
import type { StsFault } from '../../stand-in/index.ts';
import {
  type CredentialBench,
  callerIdentity,
  startCredentialBench,
  thrownBy,
  workloadIdentity,
} from '../../support/stand-in-credentials.ts';

let bench: CredentialBench;
let token: string;

beforeEach(async () => {
  bench = await startCredentialBench();
  token = await bench.standIn.issuer.issueToken({ sub: 'alice' });
});
afterEach(() => bench.close());

const UNAVAILABLE = { code: 'SIGV4_STS_UNAVAILABLE', status: 503, retryAfterSeconds: 1 };

describe('STS in trouble', () => {
  it.each<StsFault>(['error500', 'throttle', 'garbage'])('%s: asked twice, then unavailable', async (fault) => {
    bench.standIn.sts.setFault(fault);
    expect(await thrownBy(() => bench.source.credentialsFor(callerIdentity(), { token }))).toMatchObject(UNAVAILABLE);
    expect(bench.standIn.sts.calls).toHaveLength(2);
    expect(bench.stsCalls).toEqual(Array(2).fill(['AssumeRoleWithWebIdentity', 'SIGV4_STS_UNAVAILABLE']));
  });

  it.each<StsFault>(['error500', 'throttle', 'garbage'])('%s once: the second answer counts', async (fault) => {
    bench.standIn.sts.setFault(fault, { times: 1 });
    expect(await bench.source.credentialsFor(callerIdentity(), { token })).toMatchObject({
      sessionToken: expect.any(String),
    });
    expect(bench.standIn.sts.calls).toHaveLength(2);
  });

  it('a refusal is not asked again', async () => {
    bench.standIn.sts.setFault('accessDenied');
    expect(await thrownBy(() => bench.source.credentialsFor(callerIdentity(), { token }))).toMatchObject({
      code: 'SIGV4_ACCESS_DENIED',
      status: 403,
    });
    expect(bench.standIn.sts.calls).toHaveLength(1);
  });

  it('a failure is repeated for a second, and then asked about anew', async () => {
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    bench.standIn.sts.setFault('error500', { times: 2 });
    for (const later of [0, 1, 999]) {
      vi.setSystemTime(start + later);
      expect(await thrownBy(() => bench.source.credentialsFor(callerIdentity(), { token }))).toMatchObject(UNAVAILABLE);
    }
    expect(bench.standIn.sts.calls).toHaveLength(2);
    expect(bench.source.size).toBe(0);
    vi.setSystemTime(start + 1_000);
    await expect(bench.source.credentialsFor(callerIdentity(), { token })).resolves.toBeDefined();
  });

  it('a failure is told to all who wait for it', async () => {
    bench.standIn.sts.setFault('error500');
    const waiting = Array.from({ length: 20 }, () => bench.source.credentialsFor(callerIdentity(), { token }));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
    expect(bench.standIn.sts.calls).toHaveLength(2);
  });

  it.each<StsFault>(['hang', 'slow'])('%s: given up at the time limit, the retry included', async (fault) => {
    bench.standIn.sts.setFault(fault, { delayMs: 8_000 });
    // The first exchange of a source starts its thread.
    const source = bench.newSource({ stsTimeoutMs: 1_000 });
    const started = performance.now();
    expect(await thrownBy(() => source.credentialsFor(callerIdentity(), { token }))).toMatchObject(UNAVAILABLE);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(bench.standIn.sts.calls).toHaveLength(1);
    expect(bench.stsCalls).toEqual([['AssumeRoleWithWebIdentity', 'SIGV4_STS_UNAVAILABLE']]);
  });

  it('down: unavailable, and well again when it is up', async () => {
    await bench.standIn.sts.down();
    expect(await thrownBy(() => bench.source.credentialsFor(callerIdentity(), { token }))).toMatchObject(UNAVAILABLE);
    await bench.standIn.sts.up();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
    await expect(bench.source.credentialsFor(callerIdentity(), { token })).resolves.toBeDefined();
  });

  it('down: credentials that are kept go on being used', async () => {
    const kept = await bench.source.credentialsFor(callerIdentity(), { token });
    await bench.standIn.sts.down();
    expect(bench.source.credentialsFor(callerIdentity(), { token })).toBe(kept);
  });
});

describe('the endpoint', () => {
  it('is the route’s where it names one', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:9');
    const identity = callerIdentity({}, { url: bench.standIn.sts.url });
    await expect(bench.newSource().credentialsFor(identity, { token })).resolves.toBeDefined();
    expect(await thrownBy(() => bench.newSource().credentialsFor(callerIdentity(), { token }))).toMatchObject(
      UNAVAILABLE,
    );
  });

  it.each<[string, object, RegExp]>([
    ['regional', {}, /^sts\.eu-west-1\.amazonaws\.com$/],
    ['of another partition', { region: 'cn-north-1' }, /^sts\.cn-north-1\.amazonaws\.com\.cn$/],
    ['FIPS', { region: 'us-east-1', fips: true }, /^sts-fips\.us-east-1\.amazonaws\.com$/],
    ['dual-stack', { dualStack: true }, /^sts\.eu-west-1\.api\.aws$/],
  ])('is %s where nothing names one', async (_, sts, host) => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', undefined);
    // So that nothing leaves this machine.
    const asked: string[] = [];
    const ask = vi.spyOn(StsThread.prototype, 'ask').mockImplementation(async ({ hostname }) => {
      asked.push(hostname);
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    });
    try {
      const error = await thrownBy(() => bench.newSource().credentialsFor(callerIdentity({}, sts), { token }));
      expect(error).toMatchObject(UNAVAILABLE);
      expect(asked[0]).toMatch(host);
    } finally {
      ask.mockRestore();
    }
  });
});

describe('stsError', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/a';
  const named = (name: string) => Object.assign(new Error('text of STS'), { name });

  it.each<['AssumeRole' | 'AssumeRoleWithWebIdentity', string, string, number]>([
    ['AssumeRoleWithWebIdentity', 'ExpiredTokenException', 'SIGV4_TOKEN_EXPIRED', 401],
    ['AssumeRoleWithWebIdentity', 'InvalidIdentityTokenException', 'SIGV4_TOKEN_INVALID', 401],
    ['AssumeRoleWithWebIdentity', 'InvalidParameterValue', 'SIGV4_TOKEN_INVALID', 401],
    ['AssumeRoleWithWebIdentity', 'AccessDenied', 'SIGV4_ACCESS_DENIED', 403],
    ['AssumeRoleWithWebIdentity', 'AccessDeniedException', 'SIGV4_ACCESS_DENIED', 403],
    ['AssumeRoleWithWebIdentity', 'IDPRejectedClaimException', 'SIGV4_IDP_REJECTED', 403],
    ['AssumeRoleWithWebIdentity', 'IDPCommunicationErrorException', 'SIGV4_STS_UNAVAILABLE', 503],
    ['AssumeRoleWithWebIdentity', 'MalformedPolicyDocumentException', 'SIGV4_STS_REFUSED', 500],
    ['AssumeRoleWithWebIdentity', 'PackedPolicyTooLargeException', 'SIGV4_STS_REFUSED', 500],
    ['AssumeRoleWithWebIdentity', 'RegionDisabledException', 'SIGV4_STS_REFUSED', 500],
    ['AssumeRoleWithWebIdentity', 'ValidationError', 'SIGV4_STS_REFUSED', 500],
    ['AssumeRole', 'AccessDenied', 'SIGV4_ROLE_ACCESS_DENIED', 500],
    ['AssumeRole', 'InvalidParameterValue', 'SIGV4_STS_REFUSED', 500],
    ['AssumeRole', 'ExpiredTokenException', 'SIGV4_NO_WORKLOAD_CREDENTIALS', 503],
    ['AssumeRole', 'InvalidIdentityToken', 'SIGV4_STS_UNAVAILABLE', 503],
    ['AssumeRole', 'CredentialsProviderError', 'SIGV4_NO_WORKLOAD_CREDENTIALS', 503],
    ['AssumeRole', 'Throttling', 'SIGV4_STS_UNAVAILABLE', 503],
    ['AssumeRole', 'TimeoutError', 'SIGV4_STS_UNAVAILABLE', 503],
    ['AssumeRole', '', 'SIGV4_STS_UNAVAILABLE', 503],
  ])('%s %s is %s', (operation, name, code, status) => {
    const cause = named(name);
    expect(stsError(operation, ROLE, cause)).toMatchObject({ code, status, cause });
    expect(stsError(operation, ROLE, cause).message).not.toContain('text of STS');
  });

  it("tells MinIO's refusal of a role from that of a token", () => {
    const message = 'Error processing RoleArn parameter: RoleARN arn:minio:iam:::role/nobody is not defined.';
    const cause = Object.assign(new Error(message), { name: 'InvalidParameterValue' });
    expect(stsError('AssumeRoleWithWebIdentity', ROLE, cause)).toMatchObject({
      code: 'SIGV4_STS_REFUSED',
      status: 500,
      cause,
      message: "STS refused the role's ARN",
    });
  });

  it.each(['constructor', 'toString'])('a name that objects inherit (%s) is no code', (name) => {
    expect(stsError('AssumeRole', ROLE, named(name))).toMatchObject({ code: 'SIGV4_STS_UNAVAILABLE', status: 503 });
  });

  it.each([
    [400, 'Sender'],
    [503, 'Receiver'],
  ])('keeps what STS answered with %i', (status, Type) => {
    const answer = new StsErrorAnswer('SomethingException', 'text of STS', { status, requestId: 'a-1' });
    expect(stsError('AssumeRole', ROLE, answer)).toMatchObject({
      sts: {
        ...{ roleArn: ROLE, status },
        response: { Error: { Code: 'Something', Message: 'text of STS', Type }, RequestId: 'a-1' },
      },
    });
  });

  it('leaves a workload’s trouble to the workload', async () => {
    bench.standIn.sts.setFault('accessDenied');
    expect(await thrownBy(() => bench.source.credentialsFor(workloadIdentity({})))).toMatchObject({
      code: 'SIGV4_ROLE_ACCESS_DENIED',
      status: 500,
    });
  });
});
