import { describe, expect, it } from 'vitest';
import { RouteConfigResolver } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { Clock, CredentialSource } from '../../../src/credentials/index.ts';
import { type Admission, Allowance, Signer, type SigningTask } from '../../../src/signer/index.ts';
import type { HeaderEntry, WireRequest } from '../../../src/signing/index.ts';
import { UNOBSERVED_CREDENTIALS, UNOBSERVED_VERDICTS } from '../../support/unobserved.ts';

const CALLER = {
  aws_region: 'eu-west-1',
  aws_service: 'execute-api',
  aws_assume_role_arn: 'arn:aws:iam::123456789012:role/a',
};
const WORKLOAD = { aws_region: 'eu-west-1', aws_service: 'execute-api' };
const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
const NOW = new Date('2026-01-02T03:04:05Z');

const signer = new Signer({
  resolver: new RouteConfigResolver(parseServerFile('unconfigured: pass', 'f')),
  credentials: new CredentialSource({
    cache: { maxEntries: 10, maxEntriesPerCaller: 10 },
    stsTimeoutMs: 1000,
    observer: UNOBSERVED_CREDENTIALS,
    clock: new Clock(),
  }),
  allowance: new Allowance(undefined),
  now: () => NOW,
  observer: UNOBSERVED_VERDICTS,
});

function admitted(config: object | undefined, headers: HeaderEntry[] = [], over: Partial<WireRequest> = {}): Admission {
  const request = { method: 'GET', path: '/', authority: 'client.test', headers, ...over };
  const sources = config ? { initialMetadata: JSON.stringify(config) } : { routeMetadata: '' };
  return signer.admit(request, signer.resolve(sources));
}

function taskOf(config: object, headers: HeaderEntry[] = [], over: Partial<WireRequest> = {}): SigningTask {
  const admission = admitted(config, headers, over);
  if (admission.kind === 'pass') throw new Error('passed');
  return admission;
}

const bearer = (token: string): HeaderEntry => ['authorization', `Bearer ${token}`];

describe('admission', () => {
  it('gives the caller’s token to the signing, and a workload’s route none', () => {
    expect(taskOf(CALLER, [bearer('abcd')]).token).toBe('abcd');
    expect(taskOf({ ...CALLER, auth_header: 'x-token' }, [['x-token', 'bearer abcd']]).token).toBe('abcd');
    expect(taskOf(WORKLOAD, [bearer('abcd')]).token).toBeUndefined();
  });

  it.each<[string, HeaderEntry[], string]>([
    ['none', [], 'SIGV4_TOKEN_MISSING'],
    ['two', [bearer('aaaa'), bearer('bbbb')], 'SIGV4_TOKEN_INVALID'],
    ['two alike', [bearer('aaaa'), bearer('aaaa')], 'SIGV4_TOKEN_INVALID'],
    ['an empty one', [['authorization', '']], 'SIGV4_TOKEN_INVALID'],
    ['an AWS signature', [['authorization', 'AWS4-HMAC-SHA256 Credential=a']], 'SIGV4_TOKEN_INVALID'],
  ])('with %s for a token is refused', (_, headers, code) => {
    expect(() => admitted(CALLER, headers)).toThrow(expect.objectContaining({ code, status: 401 }));
    if (headers.length > 0) {
      expect(() => admitted({ ...CALLER, on_missing_token: 'pass' }, headers)).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });

  it.each(['x-amz-a\r\nb', 'x-amz-\u0004', 'x-amz-a b'])('refuses a signed header named %j', (name) => {
    expect(() => admitted(WORKLOAD, [[name, 'value']])).toThrow(/name that HTTP does not allow/);
  });

  it('lets no forged copy of a token through with what it passes', () => {
    const config = { ...CALLER, on_missing_token: 'pass' };
    expect(admitted(config, [['x-authorization', 'Bearer forged']])).toEqual({
      kind: 'pass',
      remove: ['x-authorization'],
    });
  });

  it('passes only what the route or the file lets through', () => {
    expect(admitted({ ...CALLER, on_missing_token: 'pass' })).toEqual({ kind: 'pass', remove: [] });
    expect(admitted({ ...CALLER, on_missing_token: 'pass', auth_header: 'x-token' }, [bearer('abcd')])).toEqual({
      kind: 'pass',
      remove: [],
    });
    expect(admitted(undefined)).toEqual({ kind: 'pass', remove: [] });
    expect(admitted({ ...WORKLOAD, on_missing_token: 'pass' })).toMatchObject({ kind: 'sign' });
  });

  it.each<[string, Partial<WireRequest>]>([
    ['CONNECT', { method: 'CONNECT' }],
    ['no path', { path: '' }],
    ['no authority', { authority: '' }],
  ])('of %s is refused', (_, over) => {
    expect(() => admitted(WORKLOAD, [], over)).toThrow(expect.objectContaining({ code: 'SIGV4_REQUEST_UNSUPPORTED' }));
  });
});

describe('signing', () => {
  it('joins the target’s, the token’s and the signature’s mutations, at the time given', () => {
    const route = { ...CALLER, override_target_host: 'aws.test', auth_header: 'x-token', preserve_auth_header: true };
    const task = taskOf(
      route,
      [
        ['x-token', 'Bearer abcd'],
        ['x-amz-date', 'old'],
      ],
      { path: '/?a=b c' },
    );
    const { set, remove } = signer.sign(task, KEYS, 'UNSIGNED-PAYLOAD');
    expect(Object.fromEntries(set)).toEqual({
      ':authority': 'aws.test',
      ':path': '/?a=b%20c',
      'x-authorization': 'Bearer abcd',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-amz-date': '20260102T030405Z',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/20260102\/eu-west-1\/execute-api\//,
      ),
    });
    expect(remove).toEqual(['x-token']);
    expect(new Set(set.map(([name]) => name)).size).toBe(set.length);
  });

  it('never lets the token through in what is signed or set, unless a copy is wanted', () => {
    for (const auth_header of ['authorization', 'x-token', 'x-amz-meta-token', 'x-authorization']) {
      for (const sign_query of [false, true]) {
        const headers: HeaderEntry[] = [
          [auth_header, 'Bearer of-the-caller'],
          ['x-authorization-2', 'other'],
        ];
        const { set, remove } = signer.sign(
          taskOf({ ...CALLER, auth_header, sign_query }, headers),
          KEYS,
          'UNSIGNED-PAYLOAD',
        );
        expect(JSON.stringify(set)).not.toContain('of-the-caller');
        const replaced = set.some(([name]) => name === auth_header);
        expect(replaced || remove.includes(auth_header), auth_header).toBe(true);
      }
    }
  });

  it('gives the same for the same, and leaves the task as it was', () => {
    const task = taskOf(WORKLOAD, [['x-amz-meta-a', '1']], { path: '/a b' });
    const before = structuredClone({ ...task.prepared });
    expect(signer.sign(task, KEYS, 'UNSIGNED-PAYLOAD')).toEqual(signer.sign(task, KEYS, 'UNSIGNED-PAYLOAD'));
    expect(task.prepared).toEqual(before);
  });
});
