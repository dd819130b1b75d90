import type { JsonValue } from './text-format/index.ts';

/** The metadata namespace in which Envoy Gateway names the resources that a route was made from. */
export const ENVOY_GATEWAY_NAMESPACE = 'envoy-gateway';

/** The annotation's name in that metadata; in Kubernetes it is `gateway.envoyproxy.io/aws-request-signing`. */
export const ENVOY_GATEWAY_ANNOTATION = 'aws-request-signing';

/**
 * The route config that an Envoy Gateway user wrote as an annotation of the HTTPRoute.
 *
 * @param namespace the namespace's Struct, `{resources: [{kind, namespace, name, annotations: {…}}]}`
 * @returns the annotation's JSON text, not parsed; undefined where no resource holds it
 * @throws Error if the annotation is not a string, or if two resources hold different texts
 */
export function envoyGatewayAnnotation(namespace: JsonValue | undefined): string | undefined {
  const resources = member(namespace, 'resources');
  if (!Array.isArray(resources)) return undefined;
  let found: { text: string; resource: JsonValue } | undefined;
  for (const resource of resources) {
    const text = member(member(resource, 'annotations'), ENVOY_GATEWAY_ANNOTATION);
    if (text === undefined) continue;
    if (typeof text !== 'string') {
      throw new Error(`annotation ${ENVOY_GATEWAY_ANNOTATION} of ${describe(resource)} is not a string`);
    }
    if (found !== undefined && found.text !== text) {
      const both = `${describe(found.resource)} and ${describe(resource)}`;
      throw new Error(`annotation ${ENVOY_GATEWAY_ANNOTATION} differs between ${both}`);
    }
    found ??= { text, resource };
  }
  return found?.text;
}

function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function describe(resource: JsonValue): string {
  const text = (key: string) => {
    const value = member(resource, key);
    return typeof value === 'string' && value !== '' ? value : '?';
  };
  return `${text('kind')} ${text('namespace')}/${text('name')}`;
}
