import type { Struct, StructValue } from './messages.ts';

/**
 * A google.protobuf.Struct as plain JSON data. Objects have no prototype, so that no key is special.
 * @see https://protobuf.dev/reference/protobuf/google.protobuf/#struct
 */
export function structToJson(struct: Struct): Record<string, unknown> {
  const json: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(struct.fields ?? {})) json[key] = valueToJson(value);
  return json;
}

function valueToJson(value: StructValue): unknown {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.numberValue !== undefined) return value.numberValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.structValue !== undefined) return structToJson(value.structValue);
  if (value.listValue !== undefined) return (value.listValue.values ?? []).map(valueToJson);
  return null;
}
