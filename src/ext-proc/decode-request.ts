import { emptyObject, type JsonObject, Reader, readStruct } from '../protobuf/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import type { HttpBody, HttpHeaders, ProcessingRequest } from './messages.ts';

/**
 * Decodes a ProcessingRequest: of its fields those that are in use, and nothing of the others.
 * @throws MalformedMessageError, RangeError for what is nested too deep
 */
export function decodeProcessingRequest(buffer: Buffer): ProcessingRequest {
  const reader = new Reader(buffer);
  const request: ProcessingRequest = {};
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        request.request_headers = reader.message(readHttpHeaders, { headers: [], end_of_stream: false });
        break;
      case 3:
        request.response_headers = reader.message(readHttpHeaders, { headers: [], end_of_stream: false });
        break;
      case 4:
        request.request_body = reader.message(readHttpBody, { body: NO_BYTES, end_of_stream: false });
        break;
      case 5:
        request.response_body = reader.message(readHttpBody, { body: NO_BYTES, end_of_stream: false });
        break;
      case 6:
        reader.skip();
        request.request_trailers = EMPTY;
        break;
      case 7:
        reader.skip();
        request.response_trailers = EMPTY;
        break;
      case 8:
        request.dynamic_metadata = reader.message(readFilterMetadata, request.dynamic_metadata ?? {});
        break;
      case 9:
        request.attributes = reader.message(readAttributes, request.attributes ?? emptyObject());
        break;
      case 10:
        request.observability_mode = reader.bool();
        break;
      case 11:
        request.protocol_config = reader.message(readProtocolConfig, {});
        break;
      default:
        reader.skip();
    }
  }
  return request;
}

const EMPTY = Object.freeze({});
const NO_BYTES = Buffer.alloc(0);

function readHttpHeaders(reader: Reader, into: HttpHeaders): void {
  while (reader.next()) {
    if (reader.field === 1) reader.message(readHeaderMap, into.headers);
    else if (reader.field === 3) into.end_of_stream = reader.bool();
    else reader.skip();
  }
}

function readHeaderMap(reader: Reader, into: HeaderEntry[]): void {
  while (reader.next()) {
    if (reader.field === 1) reader.message(readHeaderValue, into);
    else reader.skip();
  }
}

/** Envoy sends `raw_value`; `value` is what older proxies send. */
function readHeaderValue(reader: Reader, into: HeaderEntry[]): void {
  let key = '';
  let value = '';
  let rawValue = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.latin1();
    else if (reader.field === 3) rawValue = reader.latin1();
    else if (reader.field === 2) value = reader.latin1();
    else reader.skip();
  }
  into.push([key, rawValue === '' ? value : rawValue]);
}

function readHttpBody(reader: Reader, into: HttpBody): void {
  while (reader.next()) {
    if (reader.field === 1) into.body = reader.bytes();
    else if (reader.field === 2) into.end_of_stream = reader.bool();
    else reader.skip();
  }
}

function readFilterMetadata(reader: Reader, into: Record<string, JsonObject>): void {
  while (reader.next()) {
    if (reader.field === 1) reader.message(readNamespace, into);
    else reader.skip();
  }
}

function readNamespace(reader: Reader, into: Record<string, JsonObject>): void {
  let namespace = '';
  const struct = emptyObject();
  while (reader.next()) {
    if (reader.field === 1) namespace = reader.utf8();
    else if (reader.field === 2) reader.message(readStruct, struct);
    else reader.skip();
  }
  into[namespace] = struct;
}

/** An entry for each filter that attributes are for; only this one's come. */
function readAttributes(reader: Reader, into: JsonObject): void {
  while (reader.next()) {
    if (reader.field === 2) reader.message(readStruct, into);
    else reader.skip();
  }
}

function readProtocolConfig(reader: Reader, into: NonNullable<ProcessingRequest['protocol_config']>): void {
  while (reader.next()) {
    if (reader.field === 1) into.request_body_mode = reader.uint32();
    else if (reader.field === 2) into.response_body_mode = reader.uint32();
    else reader.skip();
  }
}
