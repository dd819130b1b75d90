import type { ConfigNode } from '../source/index.ts';

/** A google.protobuf.Any: its type's full name, and where its fields stand. */
export interface TypedConfig {
  readonly type: string;
  readonly fields: ConfigNode;
}

const TYPED_STRUCT = /^(?:udpa\.type\.v1|xds\.type\.v3)\.TypedStruct$/;
/** Says whether a filter is disabled, around the configuration that it has. */
const FILTER_CONFIG = 'envoy.config.route.v3.FilterConfig';

/** Reads an Any, out of the TypedStruct or FilterConfig that it may be wrapped in. */
export function typedConfig(any: ConfigNode | undefined): TypedConfig | undefined {
  const type = any?.get('@type')?.text;
  if (any === undefined || type === undefined) return undefined;
  const name = typeName(type);
  if (name === FILTER_CONFIG) return any.get('config') ? typedConfig(any.get('config')) : { type: name, fields: any };
  if (!TYPED_STRUCT.test(name)) return { type: name, fields: any };
  return { type: typeName(any.get('type_url')?.text ?? ''), fields: any.get('value') ?? any };
}

/** Whether a per-route configuration switches its filter off. */
export function isDisabled(any: ConfigNode | undefined): boolean {
  if (any === undefined) return false;
  if (any.get('disabled')?.flag === true) return true;
  return typedConfig(any)?.fields.get('disabled')?.flag === true;
}

function typeName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
