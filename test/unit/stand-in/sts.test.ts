import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Role, type StandIn, startStandIn } from '../../stand-in/index.ts';

const USER = {
  arn: 'arn:aws:iam::123456789012:user/workload',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const CALLER = 'arn:aws:iam::123456789012:role/team/orders-caller';
const REPORTS = 'arn:aws:iam::123456789012:role/reports';
const PARTNER = 'arn:aws-cn:iam::999999999999:role/partner';

function roles(issuer: string): Role[] {
  return [
    { arn: CALLER, trust: { webIdentity: { issuer, audience: 'sts.amazonaws.com', subjects: ['alice', 'svc:*'] } } },
    { arn: `${CALLER}-other`, trust: { webIdentity: { issuer, audience: 'other-audience' } } },
    { arn: REPORTS, trust: { principals: [USER.arn] }, maxSessionDuration: 7200 },
    { arn: PARTNER, trust: { principals: [REPORTS], externalId: 'ext-1' }, maxSessionDuration: 43_200 },
  ];
}

let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn({ roles, users: [USER] });
});
afterEach(() => standIn.close());

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const client = (credentials: Keys = USER): STSClient =>
  new STSClient({ region: 'eu-west-1', endpoint: standIn.sts.url, credentials, maxAttempts: 1 });

async function withToken(token: string, input: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) {
  return await client().send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: CALLER,
      RoleSessionName: 'alice-session',
      WebIdentityToken: token,
      ...input,
    }),
  );
}

const assume = (input: { [name: string]: unknown } = {}, keys?: Keys) =>
  client(keys).send(new AssumeRoleCommand({ RoleArn: REPORTS, RoleSessionName: 'nightly', ...input }));

function keysOf(
  credentials: {
    AccessKeyId?: string | undefined;
    SecretAccessKey?: string | undefined;
    SessionToken?: string | undefined;
  } = {},
): Keys {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

const refusal = (code: string, httpStatusCode: number) => ({ Code: code, $metadata: { httpStatusCode } });

describe('AssumeRoleWithWebIdentity', () => {
  it('answers in the shape of AWS, and the credentials work', async () => {
    const before = Date.now();
    const answer = await withToken(await standIn.issuer.issueToken({ sub: 'alice' }), { DurationSeconds: 900 });
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'alice',
      Audience: 'sts.amazonaws.com',
      Provider: `arn:aws:iam::123456789012:oidc-provider/127.0.0.1:${standIn.issuer.port}`,
      AssumedRoleUser: {
        Arn: 'arn:aws:sts::123456789012:assumed-role/orders-caller/alice-session',
        AssumedRoleId: expect.stringMatching(/^AROA[0-9A-Z]{17}:alice-session$/),
      },
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) },
    });
    const lifetime = (answer.Credentials?.Expiration?.getTime() ?? 0) - before;
    expect(lifetime).toBeGreaterThan(898_000);
    expect(lifetime).toBeLessThan(902_000);
    const identity = await client(keysOf(answer.Credentials)).send(new GetCallerIdentityCommand());
    expect(identity).toMatchObject({ Arn: answer.AssumedRoleUser?.Arn, Account: '123456789012' });
    expect(standIn.store.sessions()).toMatchObject([
      { roleArn: CALLER, sessionName: 'alice-session', subject: 'alice' },
    ]);
  });

  it('takes a subject that matches a glob', async () => {
    const answer = await withToken(await standIn.issuer.issueToken({ sub: 'svc:a' }));
    expect(answer.SubjectFromWebIdentityToken).toBe('svc:a');
  });

  it.each([
    ['an expired token', { sub: 'alice', expiresIn: -10 }, {}, 'ExpiredTokenException', 400],
    ['a wrong audience', { sub: 'alice', aud: 'someone-else' }, {}, 'InvalidIdentityToken', 400],
    ["another role's audience", { sub: 'alice', aud: 'other-audience' }, {}, 'AccessDenied', 403],
    ['a subject that is not trusted', { sub: 'mallory' }, {}, 'AccessDenied', 403],
    ['a subject that a glob does not match', { sub: 'xsvc:a' }, {}, 'AccessDenied', 403],
    ['an issuer that nobody trusts', { sub: 'alice', iss: 'http://127.0.0.1:1' }, {}, 'InvalidIdentityToken', 400],
    ['a role that does not exist', { sub: 'alice' }, { RoleArn: `${CALLER}-none` }, 'AccessDenied', 403],
    ['a role that trusts no web identity', { sub: 'alice' }, { RoleArn: REPORTS }, 'AccessDenied', 403],
    ['a duration too short', { sub: 'alice' }, { DurationSeconds: 899 }, 'ValidationError', 400],
    ['a duration too long', { sub: 'alice' }, { DurationSeconds: 43_201 }, 'ValidationError', 400],
    ["a duration past the role's", { sub: 'alice' }, { DurationSeconds: 3601 }, 'ValidationError', 400],
    ['a session name with a blank', { sub: 'alice' }, { RoleSessionName: 'a b' }, 'ValidationError', 400],
    ['a session name of one letter', { sub: 'alice' }, { RoleSessionName: 'a' }, 'ValidationError', 400],
    ['a session name of 65', { sub: 'alice' }, { RoleSessionName: 'a'.repeat(65) }, 'ValidationError', 400],
    ['a policy that is not JSON', { sub: 'alice' }, { Policy: '{' }, 'MalformedPolicyDocument', 400],
  ])('refuses %s', async (_, claims, input, code, status) => {
    const token = await standIn.issuer.issueToken(claims);
    await expect(withToken(token, input)).rejects.toMatchObject(refusal(code, status));
    expect(standIn.sts.calls.at(-1)?.outcome).toBe(code);
    expect(standIn.store.sessions()).toEqual([]);
  });

  it('refuses a token signed with another key, a changed one, and no JWT', async () => {
    const good = await standIn.issuer.issueToken({ sub: 'alice' });
    const [head = '', , signature = ''] = good.split('.');
    const [, otherBody = ''] = (await standIn.issuer.issueToken({ sub: 'svc:a' })).split('.');
    const forged = await standIn.issuer.issueToken({ sub: 'alice' }, { key: 'other' });
    for (const token of [forged, `${head}.${otherBody}.${signature}`, 'not-a-jwt']) {
      await expect(withToken(token)).rejects.toMatchObject(refusal('InvalidIdentityToken', 400));
    }
  });

  it('refuses with IDPRejectedClaim, and IDPCommunicationError when the issuer is down', async () => {
    const token = await standIn.issuer.issueToken({ sub: 'alice' });
    standIn.sts.rejectedSubjects.add('alice');
    await expect(withToken(token)).rejects.toMatchObject(refusal('IDPRejectedClaim', 403));
    await standIn.issuer.close();
    await expect(withToken(token)).rejects.toMatchObject(refusal('IDPCommunicationError', 400));
  });
});

describe('AssumeRole', () => {
  it('answers a trusted user, and chains with the external id', async () => {
    const first = await assume({ DurationSeconds: 7200, SourceIdentity: 'ops' });
    expect(first).toMatchObject({ SourceIdentity: 'ops' });
    expect(first.AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/reports/nightly');
    const keys = keysOf(first.Credentials);
    const second = await assume({ RoleArn: PARTNER, ExternalId: 'ext-1' }, keys);
    expect(second.AssumedRoleUser?.Arn).toBe('arn:aws-cn:sts::999999999999:assumed-role/partner/nightly');
    for (const ExternalId of [undefined, 'ext-2']) {
      const denied = assume({ RoleArn: PARTNER, ExternalId }, keys);
      await expect(denied).rejects.toMatchObject(refusal('AccessDenied', 403));
    }
    const long = assume({ RoleArn: PARTNER, ExternalId: 'ext-1', DurationSeconds: 3601 }, keys);
    await expect(long).rejects.toMatchObject(refusal('ValidationError', 400));
    expect(standIn.sts.calls.map(({ outcome }) => outcome)).toEqual([
      'ok',
      'ok',
      'AccessDenied',
      'AccessDenied',
      'ValidationError',
    ]);
  });

  it('refuses a caller that is not trusted', async () => {
    const denied = assume({ RoleArn: PARTNER, ExternalId: 'ext-1' });
    await expect(denied).rejects.toMatchObject({
      ...refusal('AccessDenied', 403),
      message: expect.stringContaining(USER.arn),
    });
  });

  it('refuses bad keys', async () => {
    const wrongSecret = assume({}, { ...USER, secretAccessKey: 'x' });
    await expect(wrongSecret).rejects.toMatchObject(refusal('SignatureDoesNotMatch', 403));
    const unknown = assume({}, { ...USER, accessKeyId: 'AKIAUNKNOWN' });
    await expect(unknown).rejects.toMatchObject(refusal('InvalidClientTokenId', 403));
    const keys = keysOf((await assume()).Credentials);
    standIn.store.expire(keys.accessKeyId, new Date(0));
    await expect(assume({ RoleArn: PARTNER }, keys)).rejects.toMatchObject(refusal('ExpiredToken', 403));
  });
});

describe('the query API', () => {
  it('takes a GET, and refuses unsigned calls and other actions', async () => {
    const token = await standIn.issuer.issueToken({ sub: 'alice' });
    const query = (parameters: Record<string, string>) =>
      fetch(`${standIn.sts.url}/?${new URLSearchParams({ Version: '2011-06-15', ...parameters })}`);
    const Action = 'AssumeRoleWithWebIdentity';
    const good = await query({ Action, RoleArn: CALLER, RoleSessionName: 'get', WebIdentityToken: token });
    expect(good.status).toBe(200);
    expect(good.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await good.text()).toMatch(/^<AssumeRoleWithWebIdentityResponse xmlns=".*2011-06-15\/">/);
    const unsigned = await query({ Action: 'AssumeRole', RoleArn: REPORTS, RoleSessionName: 'get' });
    expect(unsigned.status).toBe(403);
    expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    const unknown = await query({ Action: 'Other<&>' });
    expect(unknown.status).toBe(400);
    expect(await unknown.text()).toMatch(/<Type>Sender<\/Type><Code>InvalidAction<\/Code>.*Other&lt;&amp;&gt;/);
  });

  it('records calls without their token', async () => {
    const token = await standIn.issuer.issueToken({ sub: 'alice' });
    await withToken(token);
    expect(standIn.sts.calls).toMatchObject([
      { action: 'AssumeRoleWithWebIdentity', roleArn: CALLER, sessionName: 'alice-session', outcome: 'ok' },
    ]);
    expect(JSON.stringify(standIn.sts.calls)).not.toContain(token.slice(0, 20));
  });
});

it('records who asked, once that is proven, and which token was shown', async () => {
  const { Credentials } = await withToken(await standIn.issuer.issueToken({ sub: 'alice', jti: 'first' }));
  await expect(withToken(await standIn.issuer.issueToken({ sub: 'mallory' }))).rejects.toThrow();
  await expect(withToken('not-a-token')).rejects.toThrow();
  await assume();
  await expect(assume({}, keysOf(Credentials))).rejects.toThrow();
  await expect(assume({}, { ...USER, secretAccessKey: 'wrong' })).rejects.toThrow();
  expect(standIn.sts.calls.map(({ caller, tokenId }) => [caller, tokenId])).toEqual([
    ['alice', 'first'],
    ['mallory', undefined],
    [undefined, undefined],
    [USER.arn, undefined],
    ['arn:aws:sts::123456789012:assumed-role/orders-caller/alice-session', undefined],
    [undefined, undefined],
  ]);
});
