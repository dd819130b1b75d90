import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CredentialStore } from '../../stand-in/credential-store.ts';
import { type Sts, startSts } from '../../stand-in/sts.ts';

const USER = {
  arn: 'arn:aws:iam::123456789012:user/workload',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const ROLE = 'arn:aws:iam::123456789012:role/reports';

let sts: Sts;

beforeEach(async () => {
  const roles = [{ arn: ROLE, trust: { principals: ['arn:aws:iam::123456789012:root'] } }];
  sts = await startSts({ store: new CredentialStore([USER]), roles });
});
afterEach(() => sts.close());

function assume(abortSignal?: AbortSignal) {
  const client = new STSClient({ region: 'us-east-1', endpoint: sts.url, credentials: USER, maxAttempts: 1 });
  const command = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'nightly' });
  return client.send(command, abortSignal ? { abortSignal } : {});
}

describe('faults', () => {
  it.each([
    ['error500', 'InternalFailure', 500],
    ['throttle', 'Throttling', 400],
    ['accessDenied', 'AccessDenied', 403],
  ] as const)('%s', async (fault, Code, httpStatusCode) => {
    sts.fault = fault;
    await expect(assume()).rejects.toMatchObject({ Code, $metadata: { httpStatusCode } });
    expect(sts.calls).toMatchObject([{ action: 'AssumeRole', outcome: `fault:${fault}` }]);
    sts.fault = 'none';
    await expect(assume()).resolves.toMatchObject({ Credentials: { AccessKeyId: expect.stringMatching(/^ASIA/) } });
  });

  it('garbage is a 200 that holds no credentials', async () => {
    sts.fault = 'garbage';
    const outcome = await assume().then(
      (answer) => answer.Credentials,
      () => undefined,
    );
    expect(outcome).toBeUndefined();
    const response = await fetch(sts.url, { method: 'POST', body: 'Action=AssumeRole' });
    expect(response.status).toBe(200);
  });

  it('slow answers properly, late', async () => {
    sts.setFault('slow', { delayMs: 150 });
    const start = performance.now();
    const pending = assume();
    expect(await sts.waitForCall()).toMatchObject({ outcome: 'pending' });
    await expect(pending).resolves.toMatchObject({ AssumedRoleUser: { Arn: expect.stringContaining('nightly') } });
    expect(performance.now() - start).toBeGreaterThanOrEqual(145);
    expect(sts.calls).toMatchObject([{ outcome: 'ok' }]);
  });

  it('hang never answers, until it is closed', async () => {
    sts.fault = 'hang';
    const gaveUp = new AbortController();
    const pending = assume(gaveUp.signal).catch((error: Error) => error.name);
    expect(await sts.waitForCall(({ outcome }) => outcome === 'fault:hang')).toBeDefined();
    gaveUp.abort();
    expect(await pending).toBe('AbortError');
    const cut = assume().catch(() => 'cut');
    await sts.waitForCall((call) => call !== sts.calls[0]);
    await sts.close();
    expect(await cut).toBe('cut');
  });

  it('lasts as many calls as asked', async () => {
    sts.setFault('error500', { times: 1 });
    await expect(assume()).rejects.toMatchObject({ Code: 'InternalFailure' });
    await expect(assume()).resolves.toBeDefined();
  });

  it('down refuses connections, up is back on the same port', async () => {
    const { port } = sts;
    await sts.down();
    await expect(assume()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(sts.calls).toEqual([]);
    await sts.up();
    expect(sts.port).toBe(port);
    await expect(assume()).resolves.toBeDefined();
  });

  it('lifetimeSeconds shortens what is issued', async () => {
    sts.lifetimeSeconds = 2;
    const { Credentials } = await assume();
    expect((Credentials?.Expiration?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(2000);
  });
});
