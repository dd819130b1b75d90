import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import type { Backends } from './backends.ts';
import { type ClientRequest, type ClientResponse, send } from './client.ts';
import {
  type Addresses,
  type Bootstrap,
  connectionManager,
  exampleConfig,
  type Placement,
  type Route,
} from './example-config.ts';

export interface GatewayOptions {
  placement: Placement;
  /** In place of the example's, on one virtual host for all domains. */
  routes?: readonly Route[];
  /** Last changes to the example. */
  change?: (config: Bootstrap) => void;
  addresses?: Partial<Addresses>;
  version?: string;
}

/** A real Envoy that runs one of the examples. */
export interface Gateway {
  envoy: Envoy;
  port: number;
  send: (request?: ClientRequest) => Promise<ClientResponse>;
  close: () => Promise<void>;
}

/** Runs an example against test backends. */
export async function startGateway(backends: Backends, options: GatewayOptions): Promise<Gateway> {
  const config = exampleConfig(options.placement, { ...backends.addresses, ...options.addresses });
  if (options.routes) {
    const routes = [...options.routes];
    connectionManager(config).route_config.virtual_hosts = [{ name: 'all', domains: ['*'], routes }];
  }
  options.change?.(config);
  const envoy = await startEnvoy({ config, ...(options.version !== undefined && { version: options.version }) });
  const port = envoy.listenerPorts.get('gateway') ?? 0;
  return {
    envoy,
    port,
    async send(request) {
      const response = await send(port, request);
      if (response.status >= 400) backends.refusals.push(`${JSON.stringify(response.headers)}\n${response.body}`);
      return response;
    },
    close: envoy.close,
  };
}

/** A route to AWS by path prefix with its signing config; without one, a route that is not configured. */
export function route(prefix: string, config?: object, action: object = {}): Route {
  return {
    name: prefix,
    match: { prefix },
    route: { cluster: 'aws-execute-api', ...action },
    ...(config && { metadata: { filter_metadata: { 'aws-request-signing': config } } }),
  };
}

/** A change to an example whose filter has to take away or write a further header. */
export function allowHeader(name: string): (config: Bootstrap) => void {
  return (config) => {
    const text = JSON.stringify(config);
    const changed = text.replaceAll(/("regex":"[^"]*\|retry-after)/g, `$1|${name}`);
    if (changed === text) throw new Error('the example has no mutation rules to change');
    Object.assign(config, JSON.parse(changed));
  };
}
