import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('a signature in the query, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    const query = { sign_query: true, sign_query_expires: 60 };
    gateway = await startGateway(backends, {
      placement,
      routes: [route('/caller/', { ...callerApi, ...query }), route('/', { ...workloadApi, ...query })],
    });
  });
  afterAll(() => gateway.close());

  const arrived = () => {
    const request = onlyAccepted(backends.standIn.service);
    const { searchParams } = new URL(request.url, 'http://host');
    return { request, searchParams, verdict: request.verdict };
  };

  it('is accepted, and a target stays the header that DynamoDB reads', async () => {
    const headers = [['X-Amz-Target', 'DynamoDB_20120810.ListTables']] as const;
    const path = '/?a=b+c&X-Amz-Signature=theirs';
    expect((await gateway.send({ method: 'POST', path, headers, body: '{}' })).status).toBe(200);
    const { request, searchParams, verdict } = arrived();
    expect(verdict).toMatchObject({ ok: true, source: 'query' });
    expect(request.header('x-amz-target')).toBe('DynamoDB_20120810.ListTables');
    expect(request.header('authorization')).toBeUndefined();
    expect(request.header('x-amz-date')).toBeUndefined();
    expect(searchParams.getAll('X-Amz-Signature')).toHaveLength(1);
    expect(searchParams.get('X-Amz-Expires')).toBe('60');
    expect(searchParams.get('a')).toBe('b c');
  });

  it('leaves nothing of the caller’s token, and carries the session token', async () => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    expect((await gateway.send({ path: '/caller/orders', headers })).status).toBe(200);
    const { request, searchParams, verdict } = arrived();
    expect(verdict).toMatchObject({ ok: true, principal: { subject: 'alice' } });
    expect(request.header('authorization')).toBeUndefined();
    expect(request.header('x-amz-security-token')).toBeUndefined();
    expect(searchParams.get('X-Amz-Security-Token')).toBeTruthy();
  });
});
