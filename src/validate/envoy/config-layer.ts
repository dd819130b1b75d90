import { type LayerOrigin, METADATA_NAMESPACE } from '../../config/index.ts';

import type { ConfigLayer } from '../model/traffic.ts';
import { type ConfigNode, embeddedJson } from '../source/index.ts';

/** The signing config in a core.v3.Metadata: the namespace, or the annotation that Envoy Gateway puts there. */
export function readConfigLayer(metadata: ConfigNode | undefined, origin: LayerOrigin): ConfigLayer[] {
  const namespaces = metadata?.get('filter_metadata');
  const own = namespaces?.get(METADATA_NAMESPACE);
  if (own) return [{ origin, at: own, data: own.data }];
  for (const resource of namespaces?.get('envoy-gateway')?.list('resources') ?? []) {
    const annotation = resource.at('annotations', METADATA_NAMESPACE);
    if (annotation) return [{ origin, ...embeddedJson(annotation) }];
  }
  return [];
}
