import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi } from './support/configs.ts';
import { signerFilters } from './support/example-config.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

let backends: Backends;
let gateway: Gateway;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: 'verdicts: true' } });
  gateway = await startGateway(backends, {
    placement: 'downstream',
    routes: [route('/', callerApi)],
    change: (config) => {
      for (const { typed_config } of signerFilters(config))
        Object.assign(typed_config.processing_mode ?? {}, { response_header_mode: 'SEND' });
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await backends.close();
});

const metric = async (name: string) => {
  const text = await (await fetch(`http://${backends.signer.admin}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
};

describe('a filter that sends response headers', () => {
  it('lets the signer learn that AWS calls a session expired: once a minute it gets a new one', async () => {
    const { service, sts } = backends.standIn;
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    const keys = async () => {
      await gateway.send({ headers });
      const verdict = service.received.at(-1)?.verdict;
      return verdict?.ok ? verdict.principal.accessKeyId : undefined;
    };
    const first = await keys();
    service.override = () => ({
      status: 403,
      headers: { 'x-amzn-errortype': 'ExpiredTokenException', date: new Date().toUTCString() },
      body: '{}',
    });
    expect(await keys()).toBe(first);
    const second = await keys();
    expect(second).not.toBe(first);
    expect(await keys()).toBe(second);
    expect(sts.calls).toHaveLength(2);
    expect(await metric('sigv4_aws_rejections_total')).toEqual([
      'sigv4_aws_rejections_total{code="ExpiredToken",service="execute-api"} 3',
    ]);
    const [clock] = await metric('sigv4_target_clock_offset_seconds');
    expect(Math.abs(Number(clock?.split(' ')[1]))).toBeLessThan(5);
  });
});
