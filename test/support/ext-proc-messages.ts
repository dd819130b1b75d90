import type { RequestMessage } from './ext-proc-client.ts';

/** A header: name and value, the value as one byte per character. */
export type HeaderPair = readonly [name: string, value: string];

/** `ProcessingMode.BodySendMode` by Envoy's names. */
export const BODY_MODES = {
  NONE: 0,
  STREAMED: 1,
  BUFFERED: 2,
  BUFFERED_PARTIAL: 3,
  FULL_DUPLEX_STREAMED: 4,
  GRPC: 5,
} as const;

export interface RequestShape {
  method?: string;
  path?: string;
  authority?: string;
  headers?: readonly HeaderPair[];
  /** Default true: no body follows. */
  endOfStream?: boolean;
  /** Default BUFFERED; `absent` leaves protocol_config out. */
  mode?: keyof typeof BODY_MODES | 'absent';
  /** `xds.*` attributes. */
  attributes?: Readonly<Record<string, string>>;
  /** Dynamic metadata: plain JSON by namespace. */
  dynamic?: Readonly<Record<string, Record<string, unknown>>>;
}

/** All headers of a request as Envoy sees them, pseudo-headers first. */
export function requestPairs({ method = 'GET', path = '/', authority = 'client.test', headers = [] }: RequestShape) {
  const pseudo: HeaderPair[] = [
    [':authority', authority],
    [':path', path],
    [':method', method],
    [':scheme', 'http'],
  ];
  return [...pseudo, ...headers];
}

/** The first message of a stream, in the form in which Envoy sends it. */
export function requestHeaders(shape: RequestShape = {}): RequestMessage {
  const { endOfStream = true, mode = 'BUFFERED', attributes, dynamic } = shape;
  return {
    request_headers: headerMessage(requestPairs(shape), endOfStream),
    ...(mode !== 'absent' && { protocol_config: { request_body_mode: BODY_MODES[mode] } }),
    ...(attributes && { attributes: { 'envoy.filters.http.ext_proc': toStruct(attributes) } }),
    ...(dynamic && {
      metadata_context: {
        filter_metadata: Object.fromEntries(
          Object.entries(dynamic).map(([namespace, json]) => [namespace, toStruct(json)]),
        ),
      },
    }),
  };
}

export function requestBody(body: string | Buffer = '', endOfStream = true): RequestMessage {
  return { request_body: { body: Buffer.from(body), end_of_stream: endOfStream } };
}

export const requestTrailers: RequestMessage = { request_trailers: {} };

export function responseHeaders(endOfStream = false): RequestMessage {
  return { response_headers: headerMessage([[':status', '200']], endOfStream) };
}

export const responseBody: RequestMessage = { response_body: { body: Buffer.from('answer'), end_of_stream: false } };
export const responseTrailers: RequestMessage = { response_trailers: {} };

function headerMessage(pairs: readonly HeaderPair[], endOfStream: boolean) {
  const headers = pairs.map(([key, value]) => ({ key, raw_value: Buffer.from(value, 'latin1') }));
  return { headers: { headers }, end_of_stream: endOfStream };
}

/** Plain JSON as google.protobuf.Struct. */
export function toStruct(json: Readonly<Record<string, unknown>>): object {
  return { fields: Object.fromEntries(Object.entries(json).map(([key, value]) => [key, toValue(value)])) };
}

function toValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  if (typeof value === 'object' && value !== null) return { structValue: toStruct(value as Record<string, unknown>) };
  return { nullValue: 0 };
}
