import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Entrance } from '../../e2e/s3/support/gateway.ts';
import type { ClientRequest, ClientResponse } from '../../e2e/support/client.ts';
import type { TokenClaims } from '../../stand-in/oidc-issuer.ts';
import type { AuditEntry } from './support/audit.ts';
import { type Audience, minio, startWorld, type World } from './support/world.ts';

const MIB = 1024 * 1024;
const PLACEMENTS = ['downstream', 'upstream'] as const;
const KEY = 'folder/a+b ünï?.txt';
const BODY = 'grüße\n'.repeat(1000);
const NO_DELETE = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::*' },
    { Effect: 'Deny', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::*' },
  ],
};

function entrances(roleArn: (audience: string) => string): Entrance[] {
  const caller = (arn: string) => ({ credential_source: 'caller', aws_assume_role_arn: arn });
  const buffered = { bodyMode: 'BUFFERED' } as const;
  const roles = { writers: roleArn('writers'), keepers: roleArn('keepers'), nobody: roleArn('nobody') };
  return [
    ...PLACEMENTS.flatMap((placement) =>
      Object.entries(roles).map(([name, arn]) => ({
        ...{ name: `${name}-${placement}`, placement, ...buffered, fields: caller(arn) },
      })),
    ),
    ...PLACEMENTS.map((placement) => ({
      ...{ name: `session-policy-${placement}`, placement, ...buffered },
      fields: { ...caller(roles.writers), policy: JSON.stringify(NO_DELETE) },
    })),
    {
      ...{ name: 'writers-streaming', placement: 'downstream', bodyMode: 'FULL_DUPLEX_STREAMED' },
      fields: { ...caller(roles.writers), payload: 'streaming', trailer_checksum: 'crc32c' },
    },
  ];
}

describe.skipIf(minio === undefined)("MinIO's STS and S3, and tokens of an issuer that it trusts", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ entrances });
  });
  afterAll(() => world?.close());

  const tokenFor = (audience: Audience, claims: Partial<TokenClaims> = {}) =>
    world.issuer.issueToken({ sub: 'alice', aud: audience, ...claims });
  const ask = (entrance: string, token: string, request: ClientRequest): Promise<ClientResponse> =>
    world.send(entrance, { ...request, headers: [['Authorization', `Bearer ${token}`], ...(request.headers ?? [])] });
  const path = (bucket: string, key = KEY) => `/${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;

  describe.each(PLACEMENTS)('by the %s filter', (placement) => {
    const writers = `writers-${placement}`;

    it('lets the bearer of a good token make a bucket, and put, list, get and delete objects', async () => {
      const token = await tokenFor('writers');
      const bucket = `work-${placement}`;
      const alice = (request: ClientRequest) => ask(writers, token, request);
      const before = await world.bytesToS3(writers);
      expect(await alice({ method: 'PUT', path: `/${bucket}` })).toMatchObject({ status: 200 });
      expect(await alice({ method: 'PUT', path: path(bucket), body: BODY })).toMatchObject({ status: 200 });
      const listed = await alice({ path: `/${bucket}?list-type=2&prefix=folder/a%2Bb%20&delimiter=/` });
      expect(listed).toMatchObject({ status: 200, body: expect.stringContaining(`<Key>${KEY}</Key>`) });
      expect(await alice({ path: path(bucket) })).toMatchObject({ status: 200, body: BODY });
      expect(await alice({ method: 'DELETE', path: path(bucket) })).toMatchObject({ status: 204 });
      expect(await alice({ path: path(bucket) })).toMatchObject({ status: 404 });
      expect(await alice({ method: 'DELETE', path: `/${bucket}` })).toMatchObject({ status: 204 });
      expect((await world.bytesToS3(writers)) - before).toBeGreaterThan(BODY.length);
    });

    it.each<{ whose: string; entrance: string; audience: Audience }>([
      { whose: "role's", entrance: `keepers-${placement}`, audience: 'keepers' },
      { whose: "route's own", entrance: `session-policy-${placement}`, audience: 'writers' },
    ])("passes MinIO's refusal through where the $whose policy lets nobody delete", async ({ entrance, audience }) => {
      const bucket = `kept-by-${entrance}`;
      const made = await ask(writers, await tokenFor('writers'), { method: 'PUT', path: `/${bucket}` });
      expect(made).toMatchObject({ status: 200 });
      const token = await tokenFor(audience);
      const object = (method: string, body?: string) =>
        ask(entrance, token, { method, path: path(bucket), ...(body && { body }) });
      expect(await object('PUT', BODY)).toMatchObject({ status: 200 });
      const refused = await object('DELETE');
      expect(refused).toMatchObject({ status: 403, body: expect.stringContaining('<Code>AccessDenied</Code>') });
      expect(refused.headers).toMatchObject({ 'content-type': 'application/xml' });
      expect(await object('GET')).toMatchObject({ status: 200, body: BODY });
    });

    it('is, to MinIO, each of two callers, neither of whose tokens it gets to see', async () => {
      const bucket = `seen-${placement}`;
      const tokens = { alice: await tokenFor('writers'), bob: await tokenFor('writers', { sub: 'bob' }) };
      await ask(writers, tokens.alice, { method: 'PUT', path: `/${bucket}` });
      for (const [sub, token] of Object.entries(tokens)) {
        expect(await ask(writers, token, { method: 'PUT', path: path(bucket, sub), body: sub })).toMatchObject({
          status: 200,
        });
        const entry = await world.audit.entry(({ api }) => api.bucket === bucket && api.object === sub);
        expect(entry.requestClaims).toMatchObject({ sub, roleArn: world.minio.roleArn('writers') });
        expect(JSON.stringify(entry.requestHeader)).not.toContain(token.split('.')[2]);
      }
    });

    describe('refuses', () => {
      const refusal = async (token: string, status: number, code: string, entrance = writers) => {
        const before = await world.bytesToS3(entrance);
        const response = await ask(entrance, token, { method: 'PUT', path: `/refused-${placement}` });
        expect({ status: response.status, body: JSON.parse(response.body) }).toEqual({
          status,
          body: { code, message: expect.any(String) },
        });
        expect(await world.bytesToS3(entrance)).toBe(before);
      };

      it('a token that another key signed', async () => {
        const token = await world.issuer.issueToken({ sub: 'alice', aud: 'writers' }, { key: 'other' });
        await refusal(token, 401, 'SIGV4_TOKEN_INVALID');
      });

      it('a token for another audience, be it that of another role', async () => {
        await refusal(await world.issuer.issueToken({ sub: 'alice', aud: 'someone-else' }), 401, 'SIGV4_TOKEN_INVALID');
        await refusal(await tokenFor('keepers'), 401, 'SIGV4_TOKEN_INVALID');
      });

      it('a token that has expired', async () => {
        await refusal(await tokenFor('writers', { expiresIn: -60 }), 401, 'SIGV4_TOKEN_EXPIRED');
      });

      it.each(['not.a.token', 'opaque-token', 'YWJj.ZGVm.Z2hp'])('the garbage %s', async (token) => {
        await refusal(token, 401, 'SIGV4_TOKEN_INVALID');
      });

      it('a token that nobody signed, or that an empty key signed', async () => {
        const claims = {
          iss: world.issuer.issuer,
          sub: 'alice',
          aud: 'writers',
          exp: Math.floor(Date.now() / 1000) + 60,
        };
        await refusal(`${unsigned({ alg: 'none' }, claims)}.`, 401, 'SIGV4_TOKEN_INVALID');
        for (const kid of ['writers', 'stand-in-1']) {
          const signed = unsigned({ alg: 'HS256', kid }, claims);
          const token = `${signed}.${createHmac('sha256', '').update(signed).digest('base64url')}`;
          await refusal(token, 401, 'SIGV4_TOKEN_INVALID');
        }
      });

      it("a good token where the route's role is none of MinIO's: that is no fault of the caller", async () => {
        await refusal(await tokenFor('writers'), 500, 'SIGV4_STS_REFUSED', `nobody-${placement}`);
      });
    });
  });

  it('takes what it gets in signed chunks from the session of a caller', async () => {
    const token = await tokenFor('writers');
    const body = Buffer.alloc(3 * MIB + 1, 'chunk');
    expect(await ask('writers-streaming', token, { method: 'PUT', path: '/chunks' })).toMatchObject({ status: 200 });
    expect(await ask('writers-streaming', token, { method: 'PUT', path: '/chunks/key', body })).toMatchObject({
      status: 200,
    });
    const got = await ask('writers-downstream', token, { path: '/chunks/key' });
    expect(got.status).toBe(200);
    expect(got.body === body.toString()).toBe(true);
  });

  it('has, by its own audit log, answered none but the two callers in S3', async () => {
    await ask('writers-downstream', await tokenFor('writers'), { method: 'PUT', path: '/last' });
    await world.audit.entry(({ api }) => api.bucket === 'last');
    const ofSts = ({ api }: AuditEntry) => api.name.startsWith('AssumeRole');
    expect(world.audit.entries.some(ofSts)).toBe(true);
    const ofS3 = world.audit.entries.filter((entry) => !ofSts(entry));
    expect(new Set(ofS3.map(({ requestClaims }) => requestClaims?.sub))).toEqual(new Set(['alice', 'bob']));
    expect(ofS3.filter(({ api }) => api.bucket?.startsWith('refused'))).toEqual([]);
  });
});

function unsigned(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
