import { isMessage, type Json } from './base.ts';

/**
 * proto3's merge over the JSON form, in place: scalars replace, messages merge, lists append, and the entries of a map
 * replace those of the same key whole. That last is what counts for `filter_metadata` and
 * `typed_extension_protocol_options`. As in Istio's pkg/proto/merge/merge.go, and Kuma's pkg/util/proto.
 */
export function protoMerge(target: Json, patch: Json, maps: ReadonlySet<string> = MAPS): void {
  for (const [key, value] of Object.entries(patch)) {
    const present = target[key];
    if (Array.isArray(value) && Array.isArray(present)) target[key] = [...present, ...structuredClone(value)];
    else if (isMessage(value) && isMessage(present)) {
      if (maps.has(key)) Object.assign(present, structuredClone(value));
      else protoMerge(present, value, maps);
    } else target[key] = structuredClone(value);
  }
}

const MAPS: ReadonlySet<string> = new Set([
  'filter_metadata',
  'typed_extension_protocol_options',
  'typed_per_filter_config',
]);
