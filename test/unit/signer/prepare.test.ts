import { describe, expect, it } from 'vitest';
import { RouteConfigResolver, type SigningConfig } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { prepareRequest } from '../../../src/signer/prepare.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';

const BASE = { aws_region: 'eu-west-1', aws_service: 'execute-api' };
const TOKEN: HeaderEntry = ['authorization', 'Bearer of-the-caller'];

function configOf(fields: object): SigningConfig {
  const resolver = new RouteConfigResolver(parseServerFile('', 'f'));
  return resolver.resolve({ initialMetadata: JSON.stringify({ ...BASE, ...fields }) }) as SigningConfig;
}

function prepared(fields: object, headers: HeaderEntry[] = [], authority = 'client.test') {
  return prepareRequest({ method: 'GET', path: '/', authority, headers }, configOf(fields));
}

describe('the authority', () => {
  it.each<[object, string, HeaderEntry[]]>([
    [{}, 'client.test', []],
    [{ override_target_host: 'aws.test' }, 'aws.test', [[':authority', 'aws.test']]],
    [{ override_target_host: 'client.test' }, 'client.test', []],
    [{ override_target_host: 'aws.test', override_target_port: 443 }, 'aws.test', [[':authority', 'aws.test']]],
    [{ sign_host: 'aws.test' }, 'aws.test', []],
    [{ use_altered_target: true, override_target_protocol: 'https' }, 'client.test', [[':scheme', 'https']]],
  ])('under %j', (fields, authority, set) => {
    expect(prepared(fields)).toMatchObject({ request: { authority }, set, remove: [] });
  });

  it('that the client chose has to be an allowed one', () => {
    const fields = { use_altered_target: true, allowed_hosts: ['*.aws.test', 'other.test'] };
    expect(prepared(fields, [], 'a.aws.test').request.authority).toBe('a.aws.test');
    expect(prepared(fields, [], 'OTHER.test').request.authority).toBe('OTHER.test');
    for (const host of ['aws.test', 'a.aws.test.evil', 'a.aws.test:8443', 'other.test.', '']) {
      expect(() => prepared(fields, [], host), host).toThrow(
        expect.objectContaining({ code: 'SIGV4_HOST_NOT_ALLOWED', status: 403 }),
      );
    }
  });
});

describe('the caller’s token', () => {
  it('in authorization is left for the signature to replace', () => {
    expect(prepared({}, [TOKEN])).toMatchObject({ set: [], remove: [] });
  });

  it('in another header goes', () => {
    const { request, set, remove } = prepared({ auth_header: 'X-Token' }, [['x-token', 'Bearer a'], TOKEN]);
    expect(remove).toEqual(['x-token']);
    expect(set).toEqual([]);
    expect(request.headers).toEqual([TOKEN]);
  });

  it('is copied where the route says so, and a client’s own copy is replaced', () => {
    const copy: HeaderEntry = ['x-authorization', 'forged'];
    const { request, set, remove } = prepared({ preserve_auth_header: true }, [TOKEN, copy, copy]);
    expect(remove).toEqual(['x-authorization']);
    expect(set).toEqual([['x-authorization', TOKEN[1]]]);
    expect(request.headers).toEqual([TOKEN, ['x-authorization', TOKEN[1]]]);
  });

  it('leaves no copy where there is none, and none of the client’s', () => {
    const forged: HeaderEntry = ['x-authorization', 'forged'];
    for (const fields of [{}, { preserve_auth_header: true }]) {
      const { request, set, remove } = prepared(fields, [forged]);
      expect({ set, remove, headers: request.headers }).toEqual({ set: [], remove: ['x-authorization'], headers: [] });
    }
  });

  it('may be copied into a header that is then signed', () => {
    const fields = { preserve_auth_header: true, preserve_auth_header_key: 'X-Amz-Meta-Token' };
    expect(prepared(fields, [TOKEN]).request.headers).toContainEqual(['x-amz-meta-token', TOKEN[1]]);
  });

  it('may stay in its own header', () => {
    const fields = { auth_header: 'x-token', preserve_auth_header: true, preserve_auth_header_key: 'x-token' };
    const { request, set } = prepared(fields, [['x-token', 'Bearer a']]);
    expect(set).toEqual([['x-token', 'Bearer a']]);
    expect(request.headers).toEqual([['x-token', 'Bearer a']]);
  });

  it('leaves the other headers and their order alone', () => {
    const headers: HeaderEntry[] = [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ];
    expect(prepared({}, headers).request.headers).toEqual(headers);
  });
});

describe('names that are not for a token', () => {
  const RESERVED = [
    'host',
    'content-length',
    'content-type',
    'transfer-encoding',
    'x-amz-date',
    'x-amz-security-token',
    'x-amz-content-sha256',
  ];

  it.each([...RESERVED, 'authorization'])('preserve_auth_header_key: %s is refused', (name) => {
    expect(() => configOf({ preserve_auth_header: true, preserve_auth_header_key: name })).toThrow(
      /preserve_auth_header_key must not be/,
    );
  });

  it.each(RESERVED)('auth_header: %s is refused', (name) => {
    expect(() => configOf({ auth_header: name })).toThrow(/auth_header must not be/);
  });
});
