import { afterEach, describe, expect, it } from 'vitest';
import type { Trust } from '../../stand-in/index.ts';
import { API_HOST } from '../support/backends.ts';
import { expectRefusal, onlyAccepted, valuesOf } from '../support/expect.ts';
import { type Gateway, route, startGateway } from '../support/gateway.ts';
import { API_ROLE, crossAccountApi, NAMESPACE, POD_ROLE, SERVICE_ACCOUNT, startPodIdentityPod } from './support/pod.ts';

/** Too short to be kept: each request asks anew. */
const NEVER_KEPT_SECONDS = 4;
const RECOVERY = { timeout: 15_000, interval: 200 };

let pod: Awaited<ReturnType<typeof startPodIdentityPod>>;
let gateway: Gateway;

async function start(apiTrust: Trust = { principals: [POD_ROLE], tagSession: true }) {
  pod = await startPodIdentityPod(() => [{ arn: API_ROLE, trust: apiTrust }]);
  gateway = await startGateway(pod, { placement: 'upstream', routes: [route('/', crossAccountApi)] });
}

afterEach(async () => {
  await gateway.close();
  await pod.close();
  expect(pod.metadataRequests).toEqual([]);
});

describe('a pod with EKS Pod Identity', () => {
  it("gets its own role from the agent, then assumes the other account's, and signs execute-api with it", async () => {
    await start();
    const responses = await Promise.all(Array.from({ length: 20 }, () => gateway.send()));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    pod.standIn.service.reset();
    expect((await gateway.send({ method: 'POST', path: '/orders/', body: '{"order": 7}' })).status).toBe(200);
    const received = onlyAccepted(pod.standIn.service);
    const { principal } = received.verdict;
    expect(principal).toMatchObject({
      arn: `arn:aws:sts::444455556666:assumed-role/orders-api-caller/${SERVICE_ACCOUNT}`,
      transitiveTags: { 'kubernetes-namespace': NAMESPACE, 'kubernetes-service-account': SERVICE_ACCOUNT },
    });
    expect(received.header('host')).toBe(API_HOST);
    expect(valuesOf(received, 'x-amz-security-token')).toEqual([
      pod.standIn.store.find(principal.accessKeyId)?.sessionToken,
    ]);
    expect(pod.agent.requests).toMatchObject([{ status: 200 }]);
    expect(pod.standIn.sts.calls).toMatchObject([
      {
        ...{ action: 'AssumeRole', roleArn: API_ROLE, sessionName: SERVICE_ACCOUNT, outcome: 'ok' },
        caller: expect.stringMatching(/^arn:aws:sts::111122223333:assumed-role\/orders-pod\/eks-main-/),
      },
    ]);
  });

  it('shows the agent the token that is in the file at that moment', async () => {
    await start();
    pod.agent.lifetimeSeconds = NEVER_KEPT_SECONDS;
    pod.standIn.sts.lifetimeSeconds = NEVER_KEPT_SECONDS;
    expect((await gateway.send()).status).toBe(200);
    const before = pod.agent.requests.length;
    // The agent takes nothing but the new token from here on.
    pod.token.rotate(await pod.newToken());
    await expect
      .poll(async () => {
        expect((await gateway.send()).status).toBe(200);
        return pod.agent.requests.length;
      }, RECOVERY)
      .toBeGreaterThan(before);
    expect(new Set(pod.agent.requests.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('refuses while the agent is down, sends nothing, and recovers by itself', async () => {
    await start();
    await pod.agent.down();
    const refused = await gateway.send();
    expectRefusal(refused, pod.standIn.service, 503, 'SIGV4_NO_WORKLOAD_CREDENTIALS');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(pod.standIn.sts.calls).toEqual([]);
    await pod.agent.up();
    await expect.poll(async () => (await gateway.send()).status, RECOVERY).toBe(200);
    expect(onlyAccepted(pod.standIn.service).verdict.principal.roleArn).toBe(API_ROLE);
  });

  it('refuses while the agent refuses the pod', async () => {
    await start();
    pod.token.rotate(await pod.newToken({ expiresIn: -60 }));
    expectRefusal(await gateway.send(), pod.standIn.service, 503, 'SIGV4_NO_WORKLOAD_CREDENTIALS');
    expect(new Set(pod.agent.requests.map(({ status }) => status))).toEqual(new Set([400]));
  });

  it("refuses while the other account's role trusts the pod's, but not its session tags", async () => {
    await start({ principals: [POD_ROLE] });
    expectRefusal(await gateway.send(), pod.standIn.service, 500, 'SIGV4_ROLE_ACCESS_DENIED');
    expect(pod.standIn.sts.calls[0]).toMatchObject({ action: 'AssumeRole', outcome: 'AccessDenied' });
  });
});
