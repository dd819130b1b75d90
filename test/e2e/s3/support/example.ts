import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Bootstrap } from '../../support/example-config.ts';
import type { GatewayParts } from './gateway.ts';

/** The path of the example of `payload: streaming`, as users copy it. */
export const streamingExample = join(import.meta.dirname, '..', '..', '..', '..', 'envoy', 'streaming.yaml');

/** The example with nothing changed but addresses and the trusted authority. */
export function streamingExampleConfig({ signerPort, servicePort, certificate }: GatewayParts): Bootstrap {
  const config: Bootstrap = JSON.parse(JSON.stringify(parse(readFileSync(streamingExample, 'utf8'))));
  for (const cluster of config.static_resources.clusters) {
    const isSigner = cluster.name === 'sigv4-extproc';
    const address = { socket_address: { address: '127.0.0.1', port_value: isSigner ? signerPort : servicePort } };
    for (const { lb_endpoints } of cluster.load_assignment.endpoints) {
      for (const { endpoint } of lb_endpoints) endpoint.address = address;
    }
    const context = cluster.transport_socket?.typed_config.common_tls_context.validation_context;
    if (context) context.trusted_ca = { inline_string: certificate.cert };
  }
  return config;
}
