import type { HttpFilter } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { typedConfig } from './typed-config.ts';

/** Reads an entry of http_filters. */
export function readHttpFilter(at: ConfigNode): HttpFilter {
  const typed = typedConfig(at.get('typed_config'));
  const name = at.get('name')?.text ?? '';
  return {
    at,
    name,
    kind: typed ? kindOf(typed.type) : (name.split('.').at(-1) ?? name),
    ...(typed && { config: typed.fields }),
    disabled: at.get('disabled')?.flag === true,
  };
}

/** `envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor` is an `ext_proc`. */
function kindOf(type: string): string {
  return type.split('.').find((_, index, parts) => /^v\d/.test(parts[index + 1] ?? '')) ?? type;
}
