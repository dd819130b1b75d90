import { describe, expect, it } from 'vitest';
import {
  type Credentials,
  EMPTY_PAYLOAD_HASH,
  type HeaderEntry,
  type ServiceRules,
  type SigningParameters,
  serviceRules,
  signInStages,
  type WireRequest,
} from '../../../src/signing/index.ts';

const NOW = new Date('2026-11-22T10:11:12Z');
const LONG_LIVED: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const TEMPORARY: Credentials = { ...LONG_LIVED, sessionToken: 'session-token' };

const get = (path: string, headers: HeaderEntry[] = []): WireRequest => ({
  method: 'GET',
  path,
  authority: 'abc.execute-api.us-east-1.amazonaws.com',
  headers,
});

function parameters(
  service: string,
  overrides: Partial<ServiceRules> = {},
  signedHeaders: string[] = [],
): SigningParameters {
  return {
    algorithm: 'sigv4',
    region: 'us-east-1',
    service,
    rules: { ...serviceRules(service), ...overrides },
    signedHeaders: new Set(signedHeaders),
  };
}

const signed = (request: WireRequest, service = 'execute-api', credentials = LONG_LIVED) =>
  signInStages(request, parameters(service), credentials, EMPTY_PAYLOAD_HASH, NOW);

/** The lines of a canonical request: method, path, query, then the headers. */
const lines = (request: WireRequest, service?: string) => signed(request, service).canonicalRequest.split('\n');

describe('path', () => {
  it.each([
    ['/a%20b', '/a%2520b'],
    ['/a+b:c', '/a%2Bb%3Ac'],
    ['//a/./b/../c/', '/a/c/'],
    ['/../..', '/'],
    ['/a/..', '/'],
    ['', '/'],
    ['/caf\xc3\xa9', '/caf%C3%A9'],
    ['/%7Euser', '/%257Euser'],
  ])('of most services is normalised and encoded again, the wire untouched: %s', (wire, canonical) => {
    const stages = signed(get(wire));
    expect(stages.canonicalRequest.split('\n')[1]).toBe(canonical);
    expect(stages.signedRequest.path).toBeUndefined();
  });

  it.each([
    ['/bucket/a%2Fb', '/bucket/a/b'],
    ['/bucket/a%2fb', '/bucket/a/b'],
    ['/bucket/x+y', '/bucket/x%2By'],
    ['/bucket/%7e%41', '/bucket/~A'],
    ["/bucket/!$&'()*,;=:@", '/bucket/%21%24%26%27%28%29%2A%2C%3B%3D%3A%40'],
    ['/bucket/100%', '/bucket/100%25'],
    ['/bucket/%zz', '/bucket/%25zz'],
  ])('of S3 is decoded whole and strictly encoded, on the wire too: %s', (wire, strict) => {
    const stages = signed(get(wire), 's3');
    expect(stages.canonicalRequest.split('\n')[1]).toBe(strict);
    expect(stages.signedRequest.path).toBe(strict);
  });

  it.each(['/bucket//a', '/bucket/a/../b', '/bucket/./', '/bucket/a%20b'])('of S3 is never normalised: %s', (path) => {
    const stages = signed(get(path), 's3');
    expect(stages.canonicalRequest.split('\n')[1]).toBe(path);
    expect(stages.signedRequest.path).toBeUndefined();
  });

  it('follows path_encoding and path_normalization where the route overrides the rule', () => {
    const rules = parameters('execute-api', { pathEncoding: 'single', pathNormalization: false });
    const stages = signInStages(get('/a//b%20c'), rules, LONG_LIVED, EMPTY_PAYLOAD_HASH, NOW);
    expect(stages.canonicalRequest.split('\n')[1]).toBe('/a//b%20c');
  });
});

describe('query', () => {
  it.each([
    ['b=2&a=1', 'a=1&b=2', undefined],
    ['a=2&a=1', 'a=1&a=2', undefined],
    ['a=b+c', 'a=b%20c', 'a=b%20c'],
    ['a=%2b', 'a=%2B', 'a=%2B'],
    ['a=b=c', 'a=b%3Dc', 'a=b%3Dc'],
    ['acl', 'acl=', undefined],
    ['a&&b=&=&', 'a=&b=', 'a&b='],
    ['key=a/b:c', 'key=a%2Fb%3Ac', 'key=a%2Fb%3Ac'],
    ['A=1&a=2', 'A=1&a=2', undefined],
    ['a%20b=1&a-b=2', 'a%20b=1&a-b=2', undefined],
    ['caf\xc3\xa9=1', 'caf%C3%A9=1', 'caf%C3%A9=1'],
  ])('%s is signed sorted and strict, and written strict in its own order', (query, canonical, rewritten) => {
    const stages = signed(get(`/p?${query}`));
    expect(stages.canonicalRequest.split('\n')[2]).toBe(canonical);
    expect(stages.signedRequest.path).toBe(rewritten === undefined ? undefined : `/p?${rewritten}`);
  });

  it('loses what the client sent of a signature of its own, in any case, and keeps what only looks like it', () => {
    const query =
      'X-Amz-Algorithm=x&x-amz-credential=x&X-AMZ-DATE=x&X-Amz-Expires=1&X-Amz-SignedHeaders=h&X-Amz-Signature=s';
    const rest = 'X-Amz-Security-Token=t&X-Amz-Content-Sha256=h&X-Amz-Region-Set=r&X-Amz-Meta=keep&id=1';
    expect(signed(get(`/p?${query}&${rest}`)).signedRequest.path).toBe('/p?X-Amz-Meta=keep&id=1');
    expect(signed(get('/p?X%2DAmz-Signature=s')).signedRequest.path).toBe('/p');
  });

  it('takes 8 KiB', () => {
    const query = Array.from({ length: 800 }, (_, i) => `k${i}=${'v'.repeat(5)}`).join('&');
    expect(lines(get(`/p?${query}`))[2]?.split('&')).toHaveLength(800);
  });
});

describe('headers', () => {
  it('signed are host, content-type, x-amz-* and what the route names, nothing else', () => {
    const headers: HeaderEntry[] = [
      ['user-agent', 'x'],
      ['x-forwarded-for', '10.0.0.1'],
      ['content-length', '3'],
      ['content-type', 'application/json'],
      ['x-amz-target', 'DynamoDB_20120810.ListTables'],
      ['x-team', 'blue'],
    ];
    const request = { ...get('/', headers), method: 'POST' };
    const stages = signInStages(request, parameters('dynamodb', {}, ['x-team']), TEMPORARY, EMPTY_PAYLOAD_HASH, NOW);
    expect(stages.canonicalRequest.split('\n').at(-2)).toBe(
      'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target;x-team',
    );
  });

  it('are trimmed, their blanks made one, the repeated joined in order, the empty kept', () => {
    const headers: HeaderEntry[] = [
      ['x-amz-meta-a', '  one   two '],
      ['x-amz-meta-b', '2'],
      ['x-amz-meta-b', '1'],
      ['x-amz-meta-c', ''],
    ];
    const canonical = lines(get('/', headers));
    expect(canonical).toContain('x-amz-meta-a:one two');
    expect(canonical).toContain('x-amz-meta-b:2,1');
    expect(canonical).toContain('x-amz-meta-c:');
  });

  it('with a tab are written with a space, as servers disagree on tabs', () => {
    const { signedRequest, canonicalRequest } = signed(get('/', [['x-amz-meta-a', 'one\t two']]));
    expect(canonicalRequest).toContain('x-amz-meta-a:one two\n');
    expect(signedRequest.set).toContainEqual(['x-amz-meta-a', 'one two']);
  });

  it('of a signature by the client are replaced or removed, the repeated removed first', () => {
    const headers: HeaderEntry[] = [
      ['authorization', 'AWS4-HMAC-SHA256 theirs'],
      ['authorization', 'Bearer theirs'],
      ['x-amz-date', '20200101T000000Z'],
      ['x-amz-security-token', 'theirs'],
      ['x-amz-s3session-token', 'theirs'],
      ['x-amz-content-sha256', 'theirs'],
    ];
    const { signedRequest, canonicalRequest } = signed(get('/', headers));
    expect(canonicalRequest).not.toContain('theirs');
    expect(JSON.stringify(signedRequest.set)).not.toContain('theirs');
    expect([...signedRequest.remove].sort()).toEqual([
      'authorization',
      'x-amz-s3session-token',
      'x-amz-security-token',
    ]);
    expect(signedRequest.set.map(([name]) => name)).toEqual(['x-amz-content-sha256', 'x-amz-date', 'authorization']);
  });

  it('x-amzn-* are removed for Lambda, which answers 403 to them', () => {
    const headers: HeaderEntry[] = [
      ['x-amzn-trace-id', 'Root=1'],
      ['x-amzn-trace-id', 'Root=2'],
    ];
    expect(signed(get('/', headers), 'lambda').signedRequest.remove).toEqual(['x-amzn-trace-id']);
    expect(signed(get('/', headers), 'execute-api').signedRequest.remove).toEqual([]);
  });

  it('carry the session token of temporary credentials', () => {
    expect(signed(get('/'), 'execute-api', TEMPORARY).signedRequest.set).toContainEqual([
      'x-amz-security-token',
      'session-token',
    ]);
  });
});

describe('signature', () => {
  it('is the same for the same input, and another for any other', () => {
    const base = signed(get('/a?b=c')).signedRequest.signature;
    expect(signed(get('/a?b=c')).signedRequest.signature).toBe(base);
    const others = [
      signed(get('/a?b=d')).signedRequest.signature,
      signed(get('/A?b=c')).signedRequest.signature,
      signed({ ...get('/a?b=c'), method: 'PUT' }).signedRequest.signature,
      signed({ ...get('/a?b=c'), authority: 'other.example' }).signedRequest.signature,
      signed(get('/a?b=c'), 'lambda').signedRequest.signature,
      signed(get('/a?b=c'), 'execute-api', { ...LONG_LIVED, secretAccessKey: 'another' }).signedRequest.signature,
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
  });

  it('signs the authority byte for byte', () => {
    expect(lines({ ...get('/'), authority: 'Host.Example:8443' })).toContain('host:Host.Example:8443');
  });

  it('takes a new signing key on a new day', () => {
    const at = (now: string) =>
      signInStages(get('/'), parameters('execute-api'), LONG_LIVED, EMPTY_PAYLOAD_HASH, new Date(now));
    expect(at('2026-11-22T23:59:59Z').stringToSign).toContain('20261122/us-east-1/execute-api/aws4_request');
    expect(at('2026-11-23T00:00:00Z').stringToSign).toContain('20261123/us-east-1/execute-api/aws4_request');
  });
});
