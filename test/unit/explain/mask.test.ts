import { describe, expect, it } from 'vitest';
import { buildReport, renderText } from '../../../src/explain/index.ts';
import { createMask, maskOpaque } from '../../../src/explain/mask.ts';
import { shown } from '../../../src/explain/shown.ts';
import { clientOf, explained, ROLE } from './support.ts';

const SECRETS = {
  accessKeyId: 'ASIAQRSTUVWXYZ234567',
  secretAccessKey: 'secret-of-the-environment',
  sessionToken: 'session/token+of=the&environment',
};
const ENCODED = encodeURIComponent(SECRETS.sessionToken);
const TOKEN = 'bearer-token-of-alice';

describe('no secret is shown', () => {
  const headers = [
    ['authorization', `Bearer ${TOKEN}`],
    ['cookie', 'session=of-the-cookie'],
    ['x-amz-server-side-encryption-customer-key', 'key-of-the-customer'],
    ['x-api-key', 'key-of-the-api'],
    ['x-amz-security-token', 'token-of-the-client'],
  ] as const;
  const path = '/?access_token=token-in-the-query&x=1';
  const routes: [string, object][] = [
    ['in headers', {}],
    ['in the query', { sign_query: true }],
    ['with the token copied', { preserve_auth_header: true, preserve_auth_header_key: 'x-amz-meta-caller' }],
    ['of an API key signed', { signed_headers: ['x-api-key'] }],
    ['refused', { auth_header: 'x-caller', aws_region: 'no' }],
    ['of a route that is wrong', { aws_region: 7 }],
  ];

  it.each(routes)('%s', async (_, fields) => {
    const client = clientOf({ path, headers });
    const explanation = await explained({ ...ROLE, ...fields }, client, { credentialsFor: () => SECRETS });
    const report = buildReport({ explanation, client, choice: 'env' });
    for (const output of [JSON.stringify(report), renderText(report, (_style, text) => text)]) {
      for (const secret of [...Object.values(SECRETS), ENCODED, TOKEN]) expect(output).not.toContain(secret);
      expect(output).not.toMatch(/of-the-(?:cookie|customer|api|client)|token-in-the-query/);
      expect(output).not.toMatch(/Signature=[0-9a-f]{9}/);
    }
  });

  it('whatever the scheme of an authorization is', async () => {
    for (const value of [
      'Basic dTpw',
      'abc',
      'AWS4-HMAC-SHA256 Credential=AKIAABC/x, SignedHeaders=host, Signature=00ff',
    ]) {
      const client = clientOf({ headers: [['authorization', value]] });
      const explanation = await explained({}, client);
      const shownHeaders = buildReport({ explanation, client, choice: 'example' }).request.headers;
      expect(shownHeaders[0]?.value).toMatch(/^(?:[\w-]+ )?<masked, \d+ characters>$/);
    }
  });

  it('of a header that carries the caller’s token', async () => {
    const client = clientOf({ headers: [['x-caller', 'Bearer abcd']] });
    const explanation = await explained({ ...ROLE, auth_header: 'x-caller' }, client);
    expect(JSON.stringify(buildReport({ explanation, client, choice: 'example' }))).not.toContain('abcd');
  });
});

describe('a mask', () => {
  const mask = createMask({
    secrets: ['a-long-secret', 'tiny'],
    shortened: ['0123456789abcdef'],
    accessKeyIds: [],
    headers: ['X-Own'],
  });
  it.each([
    ['a a-long-secret b', 'a <masked, 13 characters> b'],
    ['/tiny/path', '/tiny/path'],
    ['x-own:value', 'x-own:<masked, 5 characters>'],
    ['cookie: a=b', 'cookie: <masked, 3 characters>'],
    ['x-amz-security-token:', 'x-amz-security-token:'],
    ['Signature=0123456789abcdef', 'Signature=01234567…'],
    ['AKIAIOSFODNN7EXAMPLE', 'AKIA…MPLE'],
    ['AKIDEXAMPLE', 'AKIDEXAMPLE'],
    ['X-Amz-Security-Token=a%2Fb&c=d', 'X-Amz-Security-Token=<masked, 5 characters>&c=d'],
    ['mistoken=1', 'mistoken=1'],
  ])('makes %s to %s, and leaves it so', (text, masked) => {
    expect(mask(text)).toBe(masked);
    expect(mask(mask(text))).toBe(masked);
  });

  it('hides what is long and opaque in a text of AWS’s', () => {
    expect(maskOpaque(`token ${'aB3/'.repeat(60)}== is bad`)).toBe('token <masked, 242 characters> is bad');
    expect(maskOpaque('eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig')).toMatch(/^<masked/);
  });
});

describe('a text that is shown', () => {
  it.each([
    ['a b', 'a b'],
    ['\u00c3\u00a9', 'é'],
    ['\u00e9', '\\xe9'],
    ['a\tb\x1b[31m\0', 'a\\tb\\x1b[31m\\x00'],
    [Buffer.from('\u202eabc\u00a0').toString('latin1'), '\\u{202e}abc\\xa0'],
  ])('%j cannot steer a terminal: %s', (bytes, text) => {
    expect(shown(bytes)).toBe(text);
  });
});
