import { afterEach, describe, expect, it } from 'vitest';
import type { Role, Trust } from '../../stand-in/index.ts';
import { API_HOST, webIdentity } from '../support/backends.ts';
import { expectRefusal, onlyAccepted, valuesOf } from '../support/expect.ts';
import { type Gateway, route, startGateway } from '../support/gateway.ts';
import {
  API_ROLE,
  crossAccountApi,
  POD_ROLE,
  type Pod,
  SERVICE_ACCOUNT,
  SUBJECT,
  startIrsaPod,
  startPod,
} from './support/pod.ts';

/** Too short to be kept: each request asks anew. */
const NEVER_KEPT_SECONDS = 4;
const RECOVERY = { timeout: 15_000, interval: 200 };

let pod: Pod;
let gateway: Gateway;

async function start({ podTrust = [SUBJECT], apiTrust = { principals: [POD_ROLE] } as Trust, config = {} } = {}) {
  pod = await startIrsaPod((issuer): Role[] => [
    { arn: POD_ROLE, trust: webIdentity(issuer, podTrust) },
    { arn: API_ROLE, trust: apiTrust, maxSessionDuration: 43_200 },
  ]);
  const routes = [route('/', { ...crossAccountApi, ...config })];
  gateway = await startGateway(pod, { placement: 'upstream', routes });
}

afterEach(async () => {
  const { token, signer, standIn, metadataRequests } = pod;
  const secrets = [token.read(), ...standIn.store.sessions().map((it) => standIn.store.find(it.accessKeyId))];
  await gateway.close();
  await pod.close();
  expect(metadataRequests).toEqual([]);
  for (const secret of secrets) {
    if (typeof secret === 'string') expect(signer.output()).not.toContain(secret);
    else expect(signer.output()).not.toContain(secret?.secretAccessKey);
  }
});

const calls = () => pod.standIn.sts.calls;
const outcomes = () => calls().map(({ action, outcome }) => `${action}: ${outcome}`);

it('a pod that EKS gave no role, with the environment of deploy/eks, is refused and not taken for its node', async () => {
  pod = await startPod({
    ...{ audience: 'sts.amazonaws.com', roles: () => [] },
    environment: () => ({ AWS_EC2_METADATA_DISABLED: 'true' }),
  });
  gateway = await startGateway(pod, { placement: 'upstream', routes: [route('/', crossAccountApi)] });
  expectRefusal(await gateway.send(), pod.standIn.service, 503, 'SIGV4_NO_WORKLOAD_CREDENTIALS');
  await expect.poll(() => pod.signer.output()).toContain('Could not load credentials from any providers');
  expect(calls()).toEqual([]);
});

describe('a pod with IRSA', () => {
  it("becomes its own role, then the other account's, and signs execute-api with the session of the second", async () => {
    await start();
    expect((await gateway.send({ method: 'POST', path: '/orders/7?b=2&a=1', body: '{"order": 7}' })).status).toBe(200);
    const received = onlyAccepted(pod.standIn.service);
    const { principal, signedHeaders } = received.verdict;
    expect(principal).toMatchObject({
      arn: `arn:aws:sts::444455556666:assumed-role/orders-api-caller/${SERVICE_ACCOUNT}`,
      subject: SUBJECT,
    });
    expect(received.header('host')).toBe(API_HOST);
    expect(valuesOf(received, 'x-amz-security-token')).toEqual([
      pod.standIn.store.find(principal.accessKeyId)?.sessionToken,
    ]);
    expect(signedHeaders).toContain('x-amz-security-token');
    expect(calls()).toMatchObject([
      { action: 'AssumeRoleWithWebIdentity', roleArn: POD_ROLE, caller: SUBJECT, outcome: 'ok' },
      {
        ...{ action: 'AssumeRole', roleArn: API_ROLE, sessionName: SERVICE_ACCOUNT, outcome: 'ok' },
        caller: expect.stringMatching(/^arn:aws:sts::111122223333:assumed-role\/orders-pod\//),
      },
    ]);
    expect(pod.standIn.store.sessions().map(({ roleArn }) => roleArn)).toEqual([POD_ROLE, API_ROLE]);
  });

  it('asks STS once for each step, however many requests wait for it', async () => {
    await start();
    const responses = await Promise.all(Array.from({ length: 40 }, () => gateway.send()));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await gateway.send()).status).toBe(200);
    expect(outcomes()).toEqual(['AssumeRoleWithWebIdentity: ok', 'AssumeRole: ok']);
  });

  it("reads the token anew at the next refresh, behind the kubelet's swap of ..data", async () => {
    await start();
    pod.standIn.sts.lifetimeSeconds = NEVER_KEPT_SECONDS;
    expect((await gateway.send()).status).toBe(200);
    const [first] = calls();
    pod.token.rotate(await pod.newToken({ jti: 'rotated' }));
    await expect
      .poll(async () => {
        expect((await gateway.send()).status).toBe(200);
        return calls().findLast(({ action }) => action === 'AssumeRoleWithWebIdentity')?.tokenId;
      }, RECOVERY)
      .toBe('rotated');
    expect(first?.tokenId).not.toBe('rotated');
    expect(new Set(calls().map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  });

  it('refuses while the token in the file is expired, sends nothing, and recovers by itself', async () => {
    await start();
    pod.standIn.sts.lifetimeSeconds = NEVER_KEPT_SECONDS;
    expect((await gateway.send()).status).toBe(200);
    pod.token.rotate(await pod.newToken({ expiresIn: -60 }));
    await expect.poll(async () => (await gateway.send()).status, RECOVERY).toBe(503);
    pod.standIn.service.reset();
    const refused = await gateway.send();
    expectRefusal(refused, pod.standIn.service, 503, 'SIGV4_NO_WORKLOAD_CREDENTIALS');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(outcomes().at(-1)).toBe('AssumeRoleWithWebIdentity: ExpiredTokenException');
    pod.token.rotate(await pod.newToken());
    await expect.poll(async () => (await gateway.send()).status, RECOVERY).toBe(200);
    expect(onlyAccepted(pod.standIn.service).verdict.principal.roleArn).toBe(API_ROLE);
  });

  it("refuses while the other account's role does not trust the pod's", async () => {
    await start({ apiTrust: { principals: ['arn:aws:iam::111122223333:role/somebody-else'] } });
    expectRefusal(await gateway.send(), pod.standIn.service, 500, 'SIGV4_ROLE_ACCESS_DENIED');
    expect(outcomes().slice(0, 2)).toEqual(['AssumeRoleWithWebIdentity: ok', 'AssumeRole: AccessDenied']);
  });

  it("refuses while the pod's own role trusts another service account", async () => {
    await start({ podTrust: ['system:serviceaccount:orders:other'] });
    expectRefusal(await gateway.send(), pod.standIn.service, 503, 'SIGV4_NO_WORKLOAD_CREDENTIALS');
    expect(calls()[0]).toMatchObject({ roleArn: POD_ROLE, caller: SUBJECT, outcome: 'AccessDenied' });
    expect(outcomes()).not.toContain('AssumeRole: ok');
  });

  it('cannot have more than an hour of the second role, whatever its maximum', async () => {
    await start({ config: { duration_seconds: 7200 } });
    expectRefusal(await gateway.send(), pod.standIn.service, 500, 'SIGV4_STS_REFUSED');
    expect(outcomes().slice(0, 2)).toEqual(['AssumeRoleWithWebIdentity: ok', 'AssumeRole: ValidationError']);
  });
});
