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

describe('accepts what @smithy/signature-v4 signs', () => {
  it.each([
    '/',
    '/orders',
    '/orders/',
    '/a//b/./c/../d/',
    '/a%20b/c%2Fd',
    '/a b',
    "/~tilde/(x)/!$&'*,;=:@+",
    '/%E2%82%AC/100%25',
    '/a/..',
    '/lower%2fhex',
  ])('execute-api, path %s', async (path) => {
    expect(check(await sign({ service: 'execute-api', path }))).toMatchObject({
      ok: true,
      service: 'execute-api',
      region: 'us-east-1',
      principal: { arn: session.principal.arn, roleArn: session.principal.roleArn },
    });
  });

  it.each([
    'a=1',
    'b=2&a=1',
    'a=2&a=1&a=10',
    'a',
    'a=&b',
    'x=a+b%2Bc%20d',
    'a=b=c&d=%7e%41',
    'a&&b=1&',
    'A=1&a=2&B=3&%C3%A9=%E2%82%AC',
    "q=!'()*;:@$,/?",
    'a-b=1&a=2&a.b=3&a%5Bb=4',
  ])('execute-api, query %s', async (query) => {
    expect(check(await sign({ service: 'execute-api', path: '/q', query }))).toMatchObject({ ok: true });
  });

  it.each([
    ['/bucket/plain', '/bucket/plain'],
    ['/bucket//a/../b/./', '/bucket//a/../b/./'],
    ['/bucket/a%20b%2Bc', '/bucket/a%20b%2Bc'],
    ["/bucket/!$&'()*+,;=:@", '/bucket/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'],
    ['/bucket/%7Etilde%41', '/bucket/~tildeA'],
    ['/bucket/a%2fb', '/bucket/a/b'],
    ['/bucket/%e2%82%ac', '/bucket/%E2%82%AC'],
    ['/bucket/100%25', '/bucket/100%25'],
  ])('s3, key %s on the wire', async (path, signedPath) => {
    const wire = await sign({ service: 's3', method: 'PUT', path, signedPath, verbatimPath: true, body: 'text' });
    expect(check(wire, { service: 's3' })).toMatchObject({ ok: true, principal: { arn: USER.arn } });
  });

  it('dynamodb, a POST with headers of its own', async () => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      'my-header': '  a   b  ',
    };
    const verdict = check(await sign({ service: 'dynamodb', method: 'POST', headers, body: '{"Limit":5}' }));
    expect(verdict).toMatchObject({ ok: true, source: 'header' });
    expect(verdict.ok && verdict.signedHeaders).toEqual([
      'content-type',
      'host',
      'my-header',
      'x-amz-content-sha256',
      'x-amz-date',
      'x-amz-security-token',
      'x-amz-target',
    ]);
  });

  it('a presigned URL, until it expires', async () => {
    const wire = await sign({ service: 'execute-api', path: '/orders', query: 'a=1', presign: true });
    expect(check(wire)).toMatchObject({ ok: true, source: 'query' });
    expect(check({ ...wire, url: wire.url.replace('a=1', 'a=2') })).toMatchObject({ reason: 'signature' });
    store.expire(session.accessKeyId, new Date(NOW.getTime() + 3_600_000));
    expect(check(wire, {}, new Date(NOW.getTime() + 299_000))).toMatchObject({ ok: true });
    expect(check(wire, {}, new Date(NOW.getTime() + 301_000))).toMatchObject({ ok: false, reason: 'expired-url' });
  });
});

describe('refuses a request that was changed on the way', () => {
  let wire: WireRequest;

  beforeEach(async () => {
    wire = await sign({
      service: 'execute-api',
      method: 'POST',
      path: '/orders/7',
      query: 'a=1',
      headers: { 'content-type': 'application/json', 'x-amz-meta-team': 'red0' },
      body: '{"n":0}',
    });
    expect(check(wire)).toMatchObject({ ok: true });
  });

  it('body', () => {
    expect(check({ ...wire, body: Buffer.from('{"n":1}') })).toMatchObject({ ok: false, reason: 'payload-hash' });
  });

  it('body, without a declared hash', async () => {
    const plain = await signWithSmithy({
      service: 'execute-api',
      method: 'POST',
      credentials: session,
      at: NOW,
      body: 'a',
      presign: true,
    });
    expect(check(plain)).toMatchObject({ ok: true });
    expect(check({ ...plain, body: Buffer.from('b') })).toMatchObject({ ok: false, reason: 'signature' });
  });

  it.each([
    ['path', '/orders/8?a=1'],
    ['path case', '/Orders/7?a=1'],
    ['path escape', '/orders/%37?a=1'],
    ['trailing slash', '/orders/7/?a=1'],
    ['query value', '/orders/7?a=2'],
    ['query dropped', '/orders/7'],
    ['query added', '/orders/7?a=1&b'],
  ])('%s', (_, url) => {
    expect(check({ ...wire, url })).toMatchObject({
      ok: false,
      reason: 'signature',
      code: 'InvalidSignatureException',
    });
  });

  it('method', () => {
    expect(check({ ...wire, method: 'PUT' })).toMatchObject({ ok: false, reason: 'signature' });
  });

  it.each(['host', 'content-type', 'x-amz-meta-team'])('signed header %s', (name) => {
    expect(check(withHeader(wire, name, flipLast))).toMatchObject({ ok: false, reason: 'signature' });
    expect(check(withHeader(wire, name, () => undefined))).toMatchObject({ ok: false, reason: 'absent-header' });
  });

  it('x-amz-date, by one second', () => {
    const later = withHeader(wire, 'x-amz-date', (value) => value.replace('00Z', '01Z'));
    expect(check(later)).toMatchObject({ ok: false, reason: 'signature' });
  });

  it('x-amz-content-sha256', () => {
    expect(check(withHeader(wire, 'x-amz-content-sha256', flipLast))).toMatchObject({ reason: 'payload-hash' });
  });

  it('signature', () => {
    expect(check(withHeader(wire, 'authorization', flipLast))).toMatchObject({ ok: false, reason: 'signature' });
  });

  it('session token: changed, dropped, sent twice, or sent with a key that has none', async () => {
    expect(check(withHeader(wire, 'x-amz-security-token', flipLast))).toMatchObject({ reason: 'wrong-token' });
    expect(check(withHeader(wire, 'x-amz-security-token', () => undefined))).toMatchObject({ reason: 'absent-header' });
    const twice = { ...wire, rawHeaders: [...wire.rawHeaders, 'X-Amz-Security-Token', session.sessionToken] };
    expect(check(twice)).toMatchObject({ reason: 'malformed-authorization' });
    const { accessKeyId, secretAccessKey, sessionToken } = session;
    for (const credentials of [
      { ...USER, sessionToken },
      { accessKeyId, secretAccessKey },
    ]) {
      expect(check(await sign({ service: 'execute-api', credentials }))).toMatchObject({ reason: 'wrong-token' });
    }
  });

  it('an x-amz- header that was added unsigned', () => {
    const rawHeaders = [...wire.rawHeaders, 'X-Amz-Extra', 'value'];
    expect(check({ ...wire, rawHeaders })).toMatchObject({ ok: false, reason: 'unsigned-header' });
  });

  it('but takes other headers as they come', () => {
    const rawHeaders = [...wire.rawHeaders, 'x-request-id', '1', 'content-length', '7'];
    expect(check({ ...wire, rawHeaders })).toMatchObject({ ok: true });
  });
});
