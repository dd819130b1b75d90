import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_HOST, type Backends, ORDERS_CALLER_ROLE, startBackends } from './support/backends.ts';
import type { HeaderList } from './support/client.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted, valuesOf } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const plugin = {
  ...{ compat: 'kong', aws_region: 'us-east-1', aws_service: 'execute-api' },
  ...{ aws_assume_role_arn: ORDERS_CALLER_ROLE, aws_assume_role_name: 'orders-caller' },
  override_target_host: API_HOST,
};
const GENERIC = { message: "Error fetching STS credentials. Enable 'return_aws_sts_error' in config for details." };

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: 'sts_timeout: 0.6\n' } });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('a route of Kong’s plugin, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/told/', { ...plugin, session_name: `told-${placement}`, return_aws_sts_error: true }),
        route('/altered/', { ...plugin, use_altered_target: true }),
        route('/down/', { ...plugin, session_name: `down-${placement}` }),
        route('/', { ...plugin, session_name: `kong-${placement}` }),
      ],
    });
  });
  afterAll(() => gateway.close());

  const tokenOf = (sub: string, claims = {}) => backends.standIn.issuer.issueToken({ sub, ...claims });
  const ask = (path: string, headers: HeaderList) => gateway.send({ path, headers });
  const askWith = async (path: string, token: string | Promise<string>) =>
    ask(path, [['Authorization', `Bearer ${await token}`]]);

  it('shares a role’s session among callers, and keeps a copy of each one’s token', async () => {
    backends.standIn.sts.calls.length = 0;
    for (const sub of ['alice', 'bob']) {
      const token = await tokenOf(sub);
      expect((await askWith('/', token)).status).toBe(200);
      const received = onlyAccepted(backends.standIn.service);
      expect(valuesOf(received, 'x-authorization')).toEqual([`Bearer ${token}`]);
      backends.standIn.service.reset();
    }
    expect(backends.standIn.sts.calls).toHaveLength(1);
  });

  it('lets a request without a token pass unsigned, and no other', async () => {
    expect((await ask('/', [])).status).toBe(403);
    expect(backends.standIn.service.received).toHaveLength(1);
    expect(backends.standIn.service.received[0]?.rawHeaders.join().toLowerCase()).not.toContain('authorization');
    backends.standIn.service.reset();
    for (const value of ['Basic YTpi', 'header.body.sig']) {
      expect((await ask('/', [['Authorization', value]])).status).toBe(401);
    }
    expect((await askWith('/', tokenOf('late', { expiresIn: -60 }))).status).toBe(401);
    expectNothingUpstream(backends.standIn.service);
  });

  it('answers as the plugin where STS refuses the token', async () => {
    const wrong = { aud: 'someone-else' };
    const plain = await askWith('/down/', tokenOf('mallory', wrong));
    expect({ status: plain.status, body: JSON.parse(plain.body) }).toEqual({ status: 401, body: GENERIC });
    const told = await askWith('/told/', tokenOf('mallory', wrong));
    expect({ status: told.status, body: JSON.parse(told.body) }).toEqual({
      status: 400,
      body: {
        message: `Unable to assume role [${ORDERS_CALLER_ROLE}]`,
        stsResponse: {
          Error: { Code: 'InvalidIdentityToken', Message: 'Incorrect token audience', Type: 'Sender' },
          RequestId: expect.any(String),
        },
      },
    });
    expectNothingUpstream(backends.standIn.service);
  });

  it('answers as the plugin where STS is out of reach', async () => {
    await backends.standIn.sts.down();
    try {
      const response = await askWith('/down/', tokenOf('alice'));
      expect({ status: response.status, body: JSON.parse(response.body) }).toEqual({ status: 401, body: GENERIC });
      expectNothingUpstream(backends.standIn.service);
    } finally {
      await backends.standIn.sts.up();
    }
    await vi.waitFor(async () => expect((await askWith('/down/', tokenOf('again'))).status).toBe(200), 10_000);
  });

  it('signs the altered target where both are set', async () => {
    const response = await gateway.send({
      path: '/altered/',
      host: API_HOST,
      headers: [['Authorization', `Bearer ${await tokenOf('alice')}`]],
    });
    expect(response.status).toBe(200);
    expect(valuesOf(onlyAccepted(backends.standIn.service), 'host')).toEqual([API_HOST]);
  });
});
