import type { JsonObject } from '../protobuf/index.ts';
import type { HeaderEntry } from '../signing/index.ts';

/**
 * What is used of the messages of proto/envoy/service/ext_proc/v3/external_processor.proto: fields that were not sent
 * are absent, enums are numbers, headers are pairs with one character for each byte of their values.
 */
export interface ProcessingRequest {
  request_headers?: HttpHeaders;
  response_headers?: HttpHeaders;
  request_body?: HttpBody;
  response_body?: HttpBody;
  request_trailers?: object;
  response_trailers?: object;
  /** `metadata_context.filter_metadata`, by namespace. */
  dynamic_metadata?: Record<string, JsonObject>;
  /** Of all filters that they are for. */
  attributes?: JsonObject;
  observability_mode?: boolean;
  protocol_config?: { request_body_mode?: number; response_body_mode?: number };
}

export interface HttpHeaders {
  headers: HeaderEntry[];
  end_of_stream: boolean;
}

export interface HttpBody {
  body: Buffer;
  end_of_stream: boolean;
}

export const NO_BODY: HttpBody = { body: Buffer.alloc(0), end_of_stream: false };

/** The phases of an exchange that Envoy may send and that await an answer. */
const PHASES = [
  'request_headers',
  'response_headers',
  'request_body',
  'response_body',
  'request_trailers',
  'response_trailers',
] as const;

export type Phase = (typeof PHASES)[number];

/** Undefined for what is not known here: newer Envoys send messages for flow control, to which no answer is due. */
export function phaseOf(message: ProcessingRequest): Phase | undefined {
  return PHASES.find((phase) => message[phase] !== undefined);
}

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
  /** By namespace. */
  dynamic_metadata?: Record<string, Record<string, string | boolean>>;
  mode_override?: { request_body_mode: number };
  override_message_timeout?: { seconds: number; nanos: number };
}

export interface CommonAnswer {
  response?: {
    header_mutation?: HeaderMutation;
    body_mutation?: BodyMutation;
  };
}

/** One of its members. */
export interface BodyMutation {
  body?: Buffer;
  clear_body?: boolean;
  /** Its body in parts, so that frames and data need not be copied together first. */
  streamed_response?: { parts: readonly Buffer[]; end_of_stream: boolean };
}

export interface HeaderMutation {
  /** Overwritten, or added where they are not there. */
  set_headers: readonly HeaderEntry[];
  remove_headers: readonly string[];
}

export interface ImmediateResponse {
  status: { code: number };
  headers: HeaderMutation;
  body: Buffer;
  details: string;
}
