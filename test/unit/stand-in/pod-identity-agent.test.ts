import { randomUUID } from 'node:crypto';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../stand-in/index.ts';
import {
  POD_IDENTITY_AUDIENCE,
  type PodIdentityAgent,
  startPodIdentityAgent,
} from '../../stand-in/pod-identity-agent.ts';
import { type ProjectedToken, projectToken } from '../../support/projected-token.ts';

const POD_ROLE = 'arn:aws:iam::111122223333:role/orders-pod';
const OPEN = 'arn:aws:iam::444455556666:role/open';
const NO_TAGS = 'arn:aws:iam::444455556666:role/no-tags';
const SUBJECT = 'system:serviceaccount:orders:orders-app';

let standIn: StandIn;
let token: ProjectedToken;
let agent: PodIdentityAgent;

const newToken = (claims: object = {}) =>
  standIn.issuer.issueToken({ sub: SUBJECT, aud: POD_IDENTITY_AUDIENCE, jti: randomUUID(), ...claims });

async function ask(authorization: string | undefined = token.read()): Promise<{ status: number; body: string }> {
  const response = await fetch(agent.url, { headers: authorization ? { authorization } : {} });
  return { status: response.status, body: await response.text() };
}

async function handedOut(): Promise<STSClient> {
  const { AccessKeyId, SecretAccessKey, Token } = JSON.parse((await ask()).body) as Record<string, string>;
  const credentials = {
    accessKeyId: AccessKeyId ?? '',
    secretAccessKey: SecretAccessKey ?? '',
    sessionToken: Token ?? '',
  };
  return new STSClient({ region: 'us-east-1', endpoint: standIn.sts.url, credentials, maxAttempts: 1 });
}

beforeEach(async () => {
  standIn = await startStandIn({
    roles: [
      { arn: OPEN, trust: { principals: [POD_ROLE], tagSession: true } },
      { arn: NO_TAGS, trust: { principals: [POD_ROLE] } },
    ],
  });
  token = projectToken(await newToken());
  agent = await startPodIdentityAgent({
    ...{ store: standIn.store, issuer: standIn.issuer, tokenFile: token.path },
    association: { cluster: 'main', namespace: 'orders', serviceAccount: 'orders-app', roleArn: POD_ROLE },
  });
});
afterEach(async () => {
  await agent.down();
  await standIn.close();
  token.remove();
});

describe("the stand-in for EKS Pod Identity's agent", () => {
  it('hands out a session of the associated role in the shape of the agent', async () => {
    const before = Date.now();
    const { status, body } = await ask();
    const answer = JSON.parse(body) as Record<string, string>;
    expect(status).toBe(200);
    expect(Object.keys(answer)).toEqual(['AccessKeyId', 'SecretAccessKey', 'Token', 'AccountId', 'Expiration']);
    expect(answer.AccountId).toBe('111122223333');
    expect(Math.abs(Date.parse(answer.Expiration ?? '') - before - 6 * 3600 * 1000)).toBeLessThan(5000);
    const { Arn } = await (await handedOut()).send(new GetCallerIdentityCommand());
    expect(Arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/orders-pod\/eks-main-orders-app-/);
  });

  it('takes the present token and no other', async () => {
    const old = token.read();
    token.rotate(await newToken());
    expect(await ask(old)).toMatchObject({ status: 400 });
    expect(await ask('')).toMatchObject({ status: 400 });
    expect(await ask(`Bearer ${token.read()}`)).toMatchObject({ status: 400 });
    expect(await ask()).toMatchObject({ status: 200 });
    expect(agent.requests.map(({ status }) => status)).toEqual([400, 400, 400, 200]);
  });

  it.each([
    { what: 'expired', claims: { expiresIn: -60 }, status: 400 },
    { what: 'for STS', claims: { aud: 'sts.amazonaws.com' }, status: 400 },
    { what: 'of another service account', claims: { sub: 'system:serviceaccount:orders:other' }, status: 403 },
  ])('refuses a token that is $what', async ({ claims, status }) => {
    token.rotate(await newToken(claims));
    expect(await ask()).toMatchObject({ status });
    expect(standIn.store.sessions()).toEqual([]);
  });

  it('tags its sessions: a role that does not allow sts:TagSession cannot be assumed from them', async () => {
    const client = await handedOut();
    const assume = (RoleArn: string) => client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'next' }));
    await expect(assume(NO_TAGS)).rejects.toMatchObject({
      Code: 'AccessDenied',
      message: expect.stringContaining('sts:TagSession'),
    });
    await assume(OPEN);
    expect(standIn.store.sessions().at(-1)).toMatchObject({
      roleArn: OPEN,
      transitiveTags: { 'kubernetes-service-account': 'orders-app' },
    });
  });
});
