import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StsCall } from '../stand-in/index.ts';
import { type Backends, DEMO_WORKLOAD, ORDERS_CALLER_ROLE, startBackends } from './support/backends.ts';
import type { HeaderList } from './support/client.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectNothingUpstream, expectRefusal, onlyAccepted, valuesOf } from './support/expect.ts';
import { allowHeader, type Gateway, route, startGateway } from './support/gateway.ts';

const PARTNER_ROLE = 'arn:aws:iam::210987654321:role/partner';
const LAST_ROLE = 'arn:aws:iam::210987654321:role/last';
const FIRST_ROLE = 'arn:aws:iam::123456789012:role/first';

const workload = { ...workloadApi, credential_source: 'workload' };
const partner = { role_arn: PARTNER_ROLE, external_id: 'partner-7' };

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({
    roles: () => [
      { arn: FIRST_ROLE, trust: { principals: [DEMO_WORKLOAD.arn] } },
      {
        arn: PARTNER_ROLE,
        trust: { principals: [ORDERS_CALLER_ROLE, FIRST_ROLE, DEMO_WORKLOAD.arn], externalId: 'partner-7' },
      },
      { arn: LAST_ROLE, trust: { principals: [PARTNER_ROLE] } },
    ],
    signer: { config: `role_mappings:\n  - { claim: groups, equals: ops, role_arn: "${ORDERS_CALLER_ROLE}" }\n` },
  });
});
afterAll(() => backends.close());

describe.each(PLACEMENTS)('the right role, %s', (placement) => {
  let gateway: Gateway;
  let before: number;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      ...{ placement, change: allowHeader('x-id-token') },
      routes: [
        route('/chain/', {
          ...callerApi,
          session_name: '{claim.sub}',
          assume_role_chain: [
            {
              ...partner,
              session_name: `{route_name}${placement}`,
              session_tags: { Team: '{claim.team}' },
              transitive_tag_keys: ['Team'],
              source_identity: '{claim.sub}',
            },
            {
              role_arn: LAST_ROLE,
              duration_seconds: 900,
              policy: '{"Version":"2012-10-17"}',
              policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
            },
          ],
        }),
        route('/workload-chain/', {
          ...workloadApi,
          session_name: null,
          assume_role_chain: [{ ...partner, session_name: `own-${placement}` }],
        }),
        route('/named/', {
          ...workload,
          aws_assume_role_arn: FIRST_ROLE,
          session_name: `${placement}-{header.x-team}`,
        }),
        route('/long/', { ...workload, aws_assume_role_arn: FIRST_ROLE, duration_seconds: 43_200 }),
        route('/mapped/', { ...workloadApi, credential_source: 'caller', session_name: `mapped-${placement}` }),
        route('/stranger/', { ...workload, aws_assume_role_arn: PARTNER_ROLE, external_id: 'wrong' }),
        route('/told/', { ...callerApi, return_aws_sts_error: true }),
        route('/cookie/', { ...callerApi, auth_cookie: 'id' }),
        route('/other/', { ...callerApi, auth_header: 'x-id-token', preserve_auth_header: true }),
      ],
    });
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    backends.standIn.service.reset();
    before = backends.standIn.sts.calls.length;
  });

  const calls = (): StsCall[] => backends.standIn.sts.calls.slice(before);
  const tokenOf = (claims: { sub: string; [claim: string]: unknown }) => backends.standIn.issuer.issueToken(claims);
  const ask = (path: string, headers: HeaderList) => gateway.send({ method: 'POST', path, headers, body: 'x' });
  const askAs = async (path: string, claims: { sub: string; [claim: string]: unknown }) =>
    ask(path, [['Authorization', `Bearer ${await tokenOf(claims)}`]]);

  it('is reached over three hops from a caller’s token, each asked for what is its own', async () => {
    expect((await askAs('/chain/', { sub: `ann-${placement}`, team: 'red' })).status).toBe(200);
    const { principal } = onlyAccepted(backends.standIn.service).verdict;
    expect(principal).toMatchObject({ roleArn: LAST_ROLE, subject: `ann-${placement}` });
    expect(calls().map(({ action, roleArn, outcome }) => [action, roleArn, outcome])).toEqual([
      ['AssumeRoleWithWebIdentity', ORDERS_CALLER_ROLE, 'ok'],
      ['AssumeRole', PARTNER_ROLE, 'ok'],
      ['AssumeRole', LAST_ROLE, 'ok'],
    ]);
    const [first, second, third] = calls().map(({ parameters }) => parameters);
    expect(first).toMatchObject({ RoleSessionName: `ann-${placement}` });
    expect(second).toMatchObject({
      ExternalId: 'partner-7',
      SourceIdentity: `ann-${placement}`,
      RoleSessionName: expect.stringMatching(new RegExp(`^-chain-${placement}-[0-9a-f]{8}$`)),
      'Tags.member.1.Key': 'Team',
      'Tags.member.1.Value': 'red',
      'TransitiveTagKeys.member.1': 'Team',
    });
    expect(third).toMatchObject({
      DurationSeconds: '900',
      RoleSessionName: 'last',
      Policy: '{"Version":"2012-10-17"}',
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    });
  });

  it('of a chain is got once, and each hop by itself', async () => {
    const headers: HeaderList = [['Authorization', `Bearer ${await tokenOf({ sub: `bo-${placement}`, team: 'red' })}`]];
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask('/chain/', headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(calls()).toHaveLength(3);
  });

  it('is reached from the workload’s own keys by a chain alone', async () => {
    expect((await ask('/workload-chain/', [])).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).verdict.principal.roleArn).toBe(PARTNER_ROLE);
  });

  it.each([
    ['red', (name: string) => expect(name).toBe(`${placement}-red`)],
    ['red team', (name: string) => expect(name).toMatch(new RegExp(`^${placement}-red-team-[0-9a-f]{8}$`))],
  ])('carries a session name made of the header %j', async (team, check) => {
    expect((await ask('/named/', [['X-Team', team]])).status).toBe(200);
    check(onlyAccepted(backends.standIn.service).verdict.principal.sessionName ?? '');
  });

  it('is the one that the token’s claims are mapped to', async () => {
    expect((await askAs('/mapped/', { sub: 'ops-ann', groups: ['dev', 'ops'] })).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).verdict.principal.roleArn).toBe(ORDERS_CALLER_ROLE);
  });

  it('is nobody’s without a mapping: 403, STS is not asked', async () => {
    const response = await askAs('/mapped/', { sub: 'dev-ann', groups: ['dev'] });
    expectRefusal(response, backends.standIn.service, 403, 'SIGV4_NO_ROLE_MAPPING');
    expect(calls()).toEqual([]);
  });

  it('is nobody’s without a claim that it is made of: 403, STS is not asked', async () => {
    const response = await askAs('/chain/', { sub: 'nobody' });
    expectRefusal(response, backends.standIn.service, 403, 'SIGV4_CLAIM_UNUSABLE');
    expect(calls()).toEqual([]);
  });

  it('is not given for the wrong external id: 500', async () => {
    const response = await ask('/stranger/', []);
    expectRefusal(response, backends.standIn.service, 500, 'SIGV4_ROLE_ACCESS_DENIED');
  });

  it('is not given for longer than it may be: 500, with the name of the field', async () => {
    const response = await ask('/long/', []);
    expectRefusal(response, backends.standIn.service, 500, 'SIGV4_STS_REFUSED');
    expect(JSON.parse(response.body).message).toContain('duration_seconds');
  });

  it('is told with STS’s own words where the route says so', async () => {
    const response = await ask('/told/', [['Authorization', `Bearer ${await tokenOf({ sub: 'x', aud: 'other' })}`]]);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body)).toMatchObject({
      message: `Unable to assume role [${ORDERS_CALLER_ROLE}]`,
      code: 'SIGV4_TOKEN_INVALID',
      stsResponse: { Error: { Code: 'InvalidIdentityToken', Message: 'Incorrect token audience', Type: 'Sender' } },
    });
    expectNothingUpstream(backends.standIn.service);
  });

  it('is the cookie’s caller’s, whose other cookies go on', async () => {
    const token = await tokenOf({ sub: 'cookie-ann' });
    const signature = 'AWS4-HMAC-SHA256 Credential=nonsense/20200101/us-east-1/execute-api/aws4_request';
    const response = await ask('/cookie/', [
      ['Cookie', `a=1; id=${token}; b=2`],
      ['Authorization', signature],
    ]);
    expect(response.status).toBe(200);
    const received = onlyAccepted(backends.standIn.service);
    expect(received.verdict.principal.subject).toBe('cookie-ann');
    expect(valuesOf(received, 'cookie')).toEqual(['a=1; b=2']);
    expect(received.rawHeaders.join('\n')).not.toContain(token);
  });

  it('is that of the token in another header, kept under another name', async () => {
    const token = await tokenOf({ sub: 'header-ann' });
    const response = await ask('/other/', [
      ['X-Id-Token', `bearer ${token}`],
      ['X-Authorization', 'forged'],
    ]);
    expect(response.status).toBe(200);
    const received = onlyAccepted(backends.standIn.service);
    expect(received.verdict.principal.subject).toBe('header-ann');
    expect(valuesOf(received, 'x-id-token')).toEqual([]);
    expect(valuesOf(received, 'x-authorization')).toEqual([`bearer ${token}`]);
  });
});
