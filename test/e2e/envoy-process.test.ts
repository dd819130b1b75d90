import { describe, expect, it } from 'vitest';
import { startEnvoy } from '../support/envoy.ts';

const config = `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}
static_resources:
  listeners:
    - name: front
      address: {socket_address: {address: 0.0.0.0, port_value: 10000}}
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: front
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                route_config:
                  virtual_hosts:
                    - {name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 418}}]}
`;

describe('startEnvoy', () => {
  it('runs several Envoys side by side on ports of the kernel and reads their stats', async () => {
    const envoys = await Promise.all([startEnvoy({ config }), startEnvoy({ config })]);
    const ports = envoys.map((envoy) => envoy.listenerPorts.get('front'));
    expect(new Set([10000, ...ports]).size).toBe(3);
    const response = await fetch(`http://127.0.0.1:${ports[0]}/`);
    expect(response.status).toBe(418);
    const counts = await Promise.all(envoys.map((envoy) => envoy.stats('^http\\.front\\.downstream_rq_4xx$')));
    expect(counts.map((stats) => [...stats])).toEqual([
      [['http.front.downstream_rq_4xx', 1]],
      [['http.front.downstream_rq_4xx', 0]],
    ]);

    await Promise.all(envoys.map((envoy) => envoy.close()));
    await expect(fetch(`http://127.0.0.1:${ports[1]}/`)).rejects.toThrow();
    for (const { pid } of envoys) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('says why Envoy refused a configuration', async () => {
    await expect(startEnvoy({ config: { static_resources: { listenrs: [] } } })).rejects.toThrow(/listenrs/);
  });
});
