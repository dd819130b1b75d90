import { z } from 'zod';
import { type Manifest, oneOfKind } from '../support/manifests.ts';
import type { EnvoyConfig } from './base.ts';

/*
 * Consul 1.2x: the texts go into the lists of the bootstrap's static resources as they are
 * (command/connect/envoy/bootstrap_tpl.go; consul-dataplane's bootstrap does the same).
 */

const shape = z.strictObject({
  config: z.strictObject({
    envoy_extra_static_listeners_json: z.string(),
    envoy_extra_static_clusters_json: z.string(),
  }),
});
const objects = z.array(z.record(z.string(), z.unknown()));

/** The static resources of a sidecar's bootstrap; its one listener goes by the name `gateway`. */
export function translateConsul(manifests: readonly Manifest[]): EnvoyConfig {
  const { config } = shape.parse(oneOfKind(manifests, 'ProxyDefaults').spec);
  const listeners = objects.length(1).parse(JSON.parse(`[${config.envoy_extra_static_listeners_json}]`));
  const clusters = objects.parse(JSON.parse(`[${config.envoy_extra_static_clusters_json}]`));
  return { static_resources: { listeners: listeners.map((one) => ({ ...one, name: 'gateway' })), clusters } };
}
