import { OVERWRITE_IF_EXISTS_OR_ADD } from '../envoy/index.ts';
import { BackwardWriter } from '../protobuf/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import type { BodyMutation, CommonAnswer, HeaderMutation, ImmediateResponse, ProcessingResponse } from './messages.ts';

const writer = new BackwardWriter();

/**
 * Encodes a ProcessingResponse. Of a header Envoy reads `raw_value` alone and the deprecated `append`, whose default is
 * to overwrite; others read `append_action`.
 * @param headroom bytes to leave unwritten in front of the message
 */
export function encodeProcessingResponse(response: ProcessingResponse, headroom = 0): Buffer {
  const { override_message_timeout: timeout, mode_override: mode } = response;
  if (timeout !== undefined) {
    const mark = writer.mark();
    writer.varint(2, timeout.nanos);
    writer.varint(1, timeout.seconds);
    writer.message(10, mark);
  }
  if (mode?.request_body_mode !== undefined) {
    const mark = writer.mark();
    writer.varint(3, mode.request_body_mode);
    writer.message(9, mark);
  }
  if (response.dynamic_metadata) writeDynamicMetadata(response.dynamic_metadata);
  if (response.immediate_response) writeImmediateResponse(response.immediate_response);
  if (response.response_trailers) writer.message(6, writer.mark());
  if (response.request_trailers) writer.message(5, writer.mark());
  if (response.response_body) writeCommonAnswer(4, response.response_body);
  if (response.request_body) writeCommonAnswer(3, response.request_body);
  if (response.response_headers) writeCommonAnswer(2, response.response_headers);
  if (response.request_headers) writeCommonAnswer(1, response.request_headers);
  return writer.finish(headroom);
}

/** A Struct of Structs. @see https://protobuf.dev/reference/protobuf/google.protobuf/#struct */
function writeDynamicMetadata(namespaces: Record<string, Record<string, string | boolean>>): void {
  const outer = writer.mark();
  for (const [namespace, fields] of Object.entries(namespaces)) {
    writeField(namespace, () => {
      const struct = writer.mark();
      for (const [name, value] of Object.entries(fields)) {
        writeField(name, () => (typeof value === 'string' ? writer.utf8(3, value) : writer.bool(4, value)));
      }
      writer.message(5, struct);
    });
  }
  writer.message(8, outer);
}

/** An entry of a Struct's map. */
function writeField(key: string, writeValue: () => void): void {
  const entry = writer.mark();
  const value = writer.mark();
  writeValue();
  writer.message(2, value);
  writer.utf8(1, key);
  writer.message(1, entry);
}

function writeCommonAnswer(field: number, { response }: CommonAnswer): void {
  const outer = writer.mark();
  if (response !== undefined) {
    const mark = writer.mark();
    if (response.body_mutation) writeBodyMutation(response.body_mutation);
    if (response.header_mutation) writeHeaderMutation(2, response.header_mutation);
    writer.message(1, mark);
  }
  writer.message(field, outer);
}

function writeHeaderMutation(field: number, { set_headers, remove_headers }: HeaderMutation): void {
  const mark = writer.mark();
  for (let index = remove_headers.length - 1; index >= 0; index--) writer.latin1(2, remove_headers[index] ?? '');
  for (let index = set_headers.length - 1; index >= 0; index--) writeSetHeader(set_headers[index] ?? NO_HEADER);
  writer.message(field, mark);
}

const NO_HEADER: HeaderEntry = ['', ''];

function writeSetHeader([key, value]: HeaderEntry): void {
  const option = writer.mark();
  writer.varint(3, OVERWRITE_IF_EXISTS_OR_ADD);
  const header = writer.mark();
  writer.latin1(3, value);
  writer.latin1(1, key);
  writer.message(1, header);
  writer.message(1, option);
}

function writeBodyMutation({ body, clear_body, streamed_response: streamed }: BodyMutation): void {
  const mark = writer.mark();
  if (streamed !== undefined) {
    const part = writer.mark();
    writer.bool(2, streamed.end_of_stream);
    writer.parts(1, streamed.parts);
    writer.message(3, part);
  } else if (clear_body) writer.bool(2, true);
  else if (body !== undefined) writer.bytes(1, body);
  writer.message(3, mark);
}

function writeImmediateResponse({ status, headers, body, details }: ImmediateResponse): void {
  const mark = writer.mark();
  writer.utf8(5, details);
  writer.bytes(3, body);
  writeHeaderMutation(2, headers);
  const statusMark = writer.mark();
  writer.varint(1, status.code);
  writer.message(1, statusMark);
  writer.message(7, mark);
}
