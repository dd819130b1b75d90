import { parse } from 'yaml';
import { type Conversion, convertKong, renderEnvoy } from '../../../src/kong/index.ts';

export const HOST = 'abc.execute-api.eu-west-1.amazonaws.com';

/** A plugin's config that signs. */
export const CONFIG = {
  aws_region: 'eu-west-1',
  aws_service: 'execute-api',
  aws_assume_role_arn: 'arn:aws:iam::123456789012:role/orders',
  aws_assume_role_name: 'orders',
};

/** Converts a file of one service, with the plugin on it. */
export function convert(routes: readonly object[], { config = {}, service = {}, file = {} } = {}): Conversion {
  const plugins = [{ name: 'aws-request-signing', config: { ...CONFIG, ...config } }];
  const services = [{ name: 'api', url: `https://${HOST}`, plugins, routes, ...service }];
  return convertKong(JSON.stringify({ _format_version: '3.0', services, ...file }));
}

/** What is said of it, `error at: message`. */
export function saidOf({ findings }: Conversion): string[] {
  return findings.map(({ severity, at, message }) => `${severity} ${at}: ${message}`);
}

export interface EnvoyRoute {
  name: string;
  match: Record<string, unknown>;
  route: Record<string, unknown>;
  metadata: { filter_metadata: Record<string, Record<string, unknown>> };
}

export interface VirtualHost {
  name: string;
  domains: string[];
  routes: EnvoyRoute[];
}

export interface EnvoyCluster {
  name: string;
  transport_socket?: { typed_config: Record<string, unknown> };
}

/** Envoy's YAML, read back. */
export function envoyOf(conversion: Conversion): { virtualHosts: VirtualHost[]; clusters: EnvoyCluster[] } {
  const { static_resources } = parse(renderEnvoy(conversion).text);
  const manager = static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
  return { virtualHosts: manager.route_config.virtual_hosts, clusters: static_resources.clusters };
}

/** The names of the routes of each virtual host, by its domains. */
export function routesByDomains(conversion: Conversion): Record<string, string[]> {
  const { virtualHosts } = envoyOf(conversion);
  return Object.fromEntries(
    virtualHosts.map(({ domains, routes }) => [domains.join(' '), routes.map(({ name }) => name)]),
  );
}
