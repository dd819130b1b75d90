/**
 * The messages that Envoy's protocols have in common, as they are decoded here: fields that were not sent are absent,
 * enums are numbers, bytes are Buffers.
 */
export interface WireHeader {
  key?: string;
  value?: string;
  raw_value?: Buffer;
}

export interface Metadata {
  filter_metadata?: Record<string, Struct>;
}

export interface Struct {
  fields?: Record<string, StructValue>;
}

export interface StructValue {
  nullValue?: number;
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  structValue?: Struct;
  listValue?: { values?: StructValue[] };
}

/** `HeaderValueOption.HeaderAppendAction` of base.proto. */
export const OVERWRITE_IF_EXISTS_OR_ADD = 2;
