import { z } from 'zod';
import { startEnvoy } from '../../../support/envoy.ts';
import type { Backends } from '../../support/backends.ts';
import { type ClientRequest, type ClientResponse, send } from '../../support/client.ts';
import type { EnvoyConfig, Json } from '../translate/base.ts';
import { SYSTEM_CA } from '../translate/base.ts';

const SIGNER_PORT = 50051;

export interface Integration {
  port: number;
  send: (request?: ClientRequest) => Promise<ClientResponse>;
  close: () => Promise<void>;
}

const endpointShape = z.looseObject({
  hostname: z.string().optional(),
  address: z.union([
    z.object({ pipe: z.object({ path: z.string() }) }),
    z.object({ socket_address: z.looseObject({ address: z.string(), port_value: z.number() }) }),
  ]),
});
type Endpoint = z.infer<typeof endpointShape>;
const assignmentShape = z.looseObject({
  endpoints: z.array(z.looseObject({ lb_endpoints: z.array(z.looseObject({ endpoint: endpointShape })) })),
});

/** A real Envoy that runs an integration's configuration with nothing changed but addresses and the trusted authority. */
export async function startIntegration(backends: Backends, config: EnvoyConfig): Promise<Integration> {
  const { listeners, clusters } = config.static_resources;
  const envoy = await startEnvoy({
    config: { static_resources: { listeners, clusters: clusters.map((cluster) => atTestAddress(cluster, backends)) } },
  });
  const port = envoy.listenerPorts.get('gateway') ?? 0;
  return { port, send: (request) => send(port, request), close: envoy.close };
}

function atTestAddress(cluster: Json, { addresses, signer }: Backends): Json {
  const assignment = assignmentShape.parse(cluster.load_assignment);
  const endpoints = assignment.endpoints.flatMap(({ lb_endpoints }) => lb_endpoints.map((one) => one.endpoint));
  if (endpoints.every(isSigner)) {
    // The test's signer speaks plain HTTP/2: its TLS has tests of its own.
    const { transport_socket: _, ...plain } = cluster;
    for (const one of endpoints) one.address = onLoopback(signer.listenPort);
    return { ...plain, type: 'STATIC', load_assignment: assignment };
  }
  for (const one of endpoints) {
    // What `auto_host_rewrite` takes: for a DNS cluster the name that it resolves, unless another is given.
    if ('socket_address' in one.address) one.hostname ??= one.address.socket_address.address;
    one.address = onLoopback(addresses.service);
  }
  return { ...withTrust(cluster, addresses.ca), load_assignment: assignment };
}

function isSigner({ address }: Endpoint): boolean {
  return 'pipe' in address || address.socket_address.port_value === SIGNER_PORT;
}

function onLoopback(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

/** Wherever the system's bundle is trusted, the tests' authority is. */
function withTrust(cluster: Json, ca: string): Json {
  const text = JSON.stringify(cluster);
  const bundle = JSON.stringify({ filename: SYSTEM_CA });
  if (!text.includes(bundle)) throw new Error(`the cluster ${String(cluster.name)} trusts no authority`);
  return JSON.parse(text.replaceAll(bundle, JSON.stringify({ inline_string: ca })));
}
