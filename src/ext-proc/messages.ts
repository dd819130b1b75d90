/**
 * The messages of proto/envoy/service/ext_proc/v3/external_processor.proto as they are decoded here: fields that were
 * not sent are absent, enums are numbers, bytes are Buffers.
 */
export interface ProcessingRequest {
  request_headers?: HttpHeaders;
  response_headers?: HttpHeaders;
  request_body?: HttpBody;
  response_body?: HttpBody;
  request_trailers?: object;
  response_trailers?: object;
  metadata_context?: { filter_metadata?: Record<string, Struct> };
  attributes?: Record<string, Struct>;
  observability_mode?: boolean;
  protocol_config?: { request_body_mode?: number; response_body_mode?: number };
}

export interface HttpHeaders {
  headers?: { headers?: WireHeader[] };
  end_of_stream?: boolean;
}

export interface HttpBody {
  body?: Buffer;
  end_of_stream?: boolean;
}

export interface WireHeader {
  key?: string;
  value?: string;
  raw_value?: Buffer;
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

/** The phases of an exchange that Envoy may send and that await an answer. */
export const PHASES = [
  'request_headers',
  'response_headers',
  'request_body',
  'response_body',
  'request_trailers',
  'response_trailers',
] as const;

export type Phase = (typeof PHASES)[number];

/** `ProcessingMode.BodySendMode` of processing_mode.proto. */
export const BodySendMode = {
  NONE: 0,
  STREAMED: 1,
  BUFFERED: 2,
  BUFFERED_PARTIAL: 3,
  FULL_DUPLEX_STREAMED: 4,
  GRPC: 5,
} as const;

export interface ProcessingResponse {
  request_headers?: CommonAnswer;
  response_headers?: CommonAnswer;
  request_body?: CommonAnswer;
  response_body?: CommonAnswer;
  request_trailers?: object;
  response_trailers?: object;
  immediate_response?: ImmediateResponse;
  mode_override?: ProcessingMode;
  override_message_timeout?: { seconds: number; nanos: number };
}

export interface CommonAnswer {
  response?: {
    header_mutation?: HeaderMutation;
    body_mutation?: {
      body?: Buffer;
      clear_body?: boolean;
      streamed_response?: { body: Buffer; end_of_stream: boolean };
    };
  };
}

export interface HeaderMutation {
  set_headers?: { header: { key: string; raw_value: Buffer }; append_action: number }[];
  remove_headers?: string[];
}

export interface ImmediateResponse {
  status: { code: number };
  headers: HeaderMutation;
  body: Buffer;
  details: string;
}

export interface ProcessingMode {
  request_header_mode?: number;
  response_header_mode?: number;
  request_body_mode?: number;
  response_body_mode?: number;
  request_trailer_mode?: number;
  response_trailer_mode?: number;
}
