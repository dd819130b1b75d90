import { beforeEach, describe, expect, it } from 'vitest';
import { CredentialStore, type IssuedSession } from '../../stand-in/credential-store.ts';
import { type Verdict, type VerifyOptions, verify } from '../../stand-in/sigv4-verifier.ts';
import { type SmithyRequest, signWithSmithy, type WireRequest } from './smithy-signer.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const USER = {
  arn: 'arn:aws:iam::123456789012:user/workload',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

let store: CredentialStore;
let session: IssuedSession;

beforeEach(() => {
  store = new CredentialStore([USER]);
  session = store.issueSession(
    { arn: 'arn:aws:sts::123456789012:assumed-role/orders/alice', roleArn: 'arn:aws:iam::123456789012:role/orders' },
    new Date(NOW.getTime() + 60_000),
  );
});

type Partial = Omit<SmithyRequest, 'credentials' | 'at'> & { credentials?: SmithyRequest['credentials']; at?: Date };

const sign = (request: Partial): Promise<WireRequest> =>
  signWithSmithy({ credentials: request.service === 's3' ? USER : session, at: NOW, ...request });

function check(wire: WireRequest, options: VerifyOptions = {}, now = NOW): Verdict {
  return verify(wire.method, wire.url, wire.rawHeaders, wire.body, store, now, options);
}

/** The same request with one header's values changed, or the header dropped where `change` gives undefined. */
function withHeader(wire: WireRequest, name: string, change: (value: string) => string | undefined): WireRequest {
  const rawHeaders: string[] = [];
  for (let i = 0; i < wire.rawHeaders.length; i += 2) {
    const [key = '', value = ''] = wire.rawHeaders.slice(i, i + 2);
    const changed = key.toLowerCase() === name ? change(value) : value;
    if (changed !== undefined) rawHeaders.push(key, changed);
  }
  return { ...wire, rawHeaders };
}

/** Changes one character for another of the same kind. */
const flipLast = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');

describe('refuses credentials that do not hold', () => {
  it('another secret', async () => {
    const credentials = { ...USER, secretAccessKey: flipLast(USER.secretAccessKey) };
    expect(check(await sign({ service: 'execute-api', credentials }))).toMatchObject({ reason: 'signature' });
  });

  it('an unknown or revoked key', async () => {
    const wire = await sign({ service: 'execute-api' });
    store.revoke(session.accessKeyId);
    expect(check(wire)).toMatchObject({ reason: 'unknown-access-key', code: 'UnrecognizedClientException' });
  });

  it('an expired session', async () => {
    const wire = await sign({ service: 'execute-api' });
    store.expire(session.accessKeyId, NOW);
    expect(check(wire)).toMatchObject({ reason: 'expired-credentials', code: 'ExpiredTokenException', status: 403 });
  });

  it.each([-301, 301])('a clock that is %i s off', async (seconds) => {
    const at = new Date(NOW.getTime() + seconds * 1000);
    expect(check(await sign({ service: 'execute-api', at }))).toMatchObject({ reason: 'clock-skew' });
  });

  it.each([-299, 299])('but not one that is %i s off', async (seconds) => {
    const at = new Date(NOW.getTime() + seconds * 1000);
    expect(check(await sign({ service: 'execute-api', at }))).toMatchObject({ ok: true });
  });

  it('another scope', async () => {
    const wire = await sign({ service: 'execute-api' });
    expect(check(wire, { service: 'dynamodb' })).toMatchObject({ reason: 'wrong-scope' });
    expect(check(wire, { region: 'eu-west-1' })).toMatchObject({ reason: 'wrong-scope' });
    expect(check(withHeader(wire, 'authorization', (v) => v.replace('/20260301/', '/20260302/')))).toMatchObject({
      reason: 'wrong-scope',
    });
  });
});

describe('reads Authorization strictly', () => {
  it.each([
    ['no header', () => undefined],
    ['another scheme', () => 'Bearer abc'],
    ['another algorithm', (value: string) => value.replace('SHA256', 'SHA512')],
    ['a parameter missing', (value: string) => value.replace(/, Signature=.*/, '')],
    ['a parameter twice', (value: string) => `${value}, Signature=${'0'.repeat(64)}`],
    ['unsorted names', (value: string) => value.replace('host;', '').replace('x-amz-date;', 'x-amz-date;host;')],
    ['no terminator', (value: string) => value.replace('/aws4_request', '')],
  ])('%s', async (_, change) => {
    const verdict = check(withHeader(await sign({ service: 'execute-api' }), 'authorization', change));
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.ok || verdict.reason).toMatch(/^(missing-authentication|malformed-authorization)$/);
  });

  it('host not signed', async () => {
    const wire = await sign({ service: 'execute-api' });
    const changed = withHeader(wire, 'authorization', (value) => value.replace('=host;', '='));
    expect(check(changed)).toMatchObject({ reason: 'unsigned-header' });
  });

  it('both header and query', async () => {
    const wire = await sign({ service: 'execute-api', query: 'X-Amz-Algorithm=AWS4-HMAC-SHA256' });
    expect(check(wire)).toMatchObject({ reason: 'malformed-authorization' });
  });
});

describe('payload policy', () => {
  const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };

  it('takes UNSIGNED-PAYLOAD only where the service does', async () => {
    const wire = await sign({ service: 's3', method: 'PUT', verbatimPath: true, headers, body: 'x' });
    expect(check(wire)).toMatchObject({ ok: false, reason: 'payload-mode' });
    expect(check(wire, { payload: 'either' })).toMatchObject({ ok: true });
    expect(check(wire, { payload: 'unsigned' })).toMatchObject({ ok: true });
  });

  it('refuses a hash where only UNSIGNED-PAYLOAD is taken', async () => {
    const wire = await sign({ service: 'vpc-lattice-svcs', method: 'POST', body: 'x' });
    expect(check(wire, { payload: 'unsigned' })).toMatchObject({ ok: false, reason: 'payload-mode' });
  });

  it("wants S3's own header", async () => {
    const wire = await sign({ service: 's3', verbatimPath: true });
    const without = withHeader(wire, 'x-amz-content-sha256', () => undefined);
    expect(check(without)).toMatchObject({ ok: false, reason: 'payload-mode', code: 'InvalidRequest' });
  });
});
