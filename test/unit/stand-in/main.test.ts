import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_WORKLOAD, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from '../../stand-in/demo-config.ts';

const MAIN = fileURLToPath(new URL('../../stand-in/main.ts', import.meta.url));

let child: ChildProcess;
let ready: { msg: string; issuer: string; token: string; sts: string; service: string };

function start(env: Record<string, string>, flags: string[] = []): ChildProcess {
  return spawn(process.execPath, [MAIN, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

beforeAll(async () => {
  const env = { STAND_IN_ISSUER_PORT: '0', STAND_IN_STS_PORT: '0' };
  child = start(env, ['--service-port', '0']);
  if (!child.stdout) throw new Error('no stdout');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  ready = JSON.parse(line);
});

afterAll(async () => {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
});

async function mint(query: string, init?: RequestInit): Promise<string> {
  const response = await fetch(`${ready.token}?${query}`, init);
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function exchange(token: string): Promise<string | undefined> {
  const sts = new STSClient({ region: 'us-east-1', endpoint: ready.sts, credentials: DEMO_WORKLOAD, maxAttempts: 1 });
  const input = { RoleArn: ORDERS_CALLER_ROLE, RoleSessionName: 'demo', WebIdentityToken: token };
  return (await sts.send(new AssumeRoleWithWebIdentityCommand(input))).SubjectFromWebIdentityToken;
}

describe('the stand-in as a process', () => {
  it('says where it listens, and publishes its keys', async () => {
    expect(ready.msg).toBe('ready');
    const discovery = await fetch(`${ready.issuer}/.well-known/openid-configuration`);
    const { issuer, jwks_uri } = (await discovery.json()) as { issuer: string; jwks_uri: string };
    expect(issuer).toBe(ready.issuer);
    const keys = createRemoteJWKSet(new URL(jwks_uri));
    const { payload } = await jwtVerify(await mint('sub=bob&expires_in=60'), keys, {
      issuer,
      audience: 'sts.amazonaws.com',
    });
    expect(payload).toMatchObject({ sub: 'bob', exp: (payload.iat ?? 0) + 60 });
  });

  it('mints tokens that its STS takes, and bad ones that it does not', async () => {
    expect(await exchange(await mint('sub=alice'))).toBe('alice');
    expect(await exchange(await mint('', { method: 'POST', body: new URLSearchParams({ sub: 'carol' }) }))).toBe(
      'carol',
    );
    await expect(exchange(await mint('kind=expired'))).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    await expect(exchange(await mint('kind=wrong-key'))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
    await expect(exchange(await mint('kind=wrong-audience'))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
    expect((await fetch(`${ready.token}?kind=nonsense`)).status).toBe(400);
    expect((await (await fetch(`${ready.token}?format=text`)).text()).split('.')).toHaveLength(3);
  });

  it('knows the workload, and verifies at its service', async () => {
    const sts = new STSClient({ region: 'us-east-1', endpoint: ready.sts, credentials: DEMO_WORKLOAD });
    const answer = await sts.send(new AssumeRoleCommand({ RoleArn: REPORTS_WORKLOAD_ROLE, RoleSessionName: 'demo' }));
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA/);
    expect((await fetch(`${ready.service}/orders`)).status).toBe(403);
  });

  it('refuses flags that it does not know', async () => {
    const other = start({}, ['--nonsense', '1']);
    const [code] = await once(other, 'exit');
    expect(code).toBe(1);
  });

  it('ends at SIGTERM', async () => {
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([0, null]);
  });
});
