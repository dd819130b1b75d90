import type { RefusalStyle } from '../config/index.ts';
import type { SignerError } from '../errors/index.ts';
import { type RequestMutation, refusalOf } from '../signer/index.ts';
import {
  BodySendMode,
  type CommonAnswer,
  type HeaderMutation,
  NO_BODY,
  type Phase,
  type ProcessingRequest,
  type ProcessingResponse,
} from './messages.ts';
import type { BodyModes } from './processing-mode.ts';

/** Lets a phase go on as it is. */
export function unchanged(phase: Phase): ProcessingResponse {
  return phase.endsWith('trailers') ? { [phase]: {} } : { [phase]: { response: {} } };
}

/** Lets a phase go on with the request's headers changed. */
export function changed(phase: 'request_headers' | 'request_body', mutation: RequestMutation): ProcessingResponse {
  const answer: CommonAnswer = { response: { header_mutation: headerMutation(mutation) } };
  return { [phase]: answer };
}

/** The same to the headers, asking Envoy besides not to hold the body back (heeded where the filter allows it). */
export function changedWithoutBody(mutation: RequestMutation): ProcessingResponse {
  return { ...changed('request_headers', mutation), mode_override: { request_body_mode: BodySendMode.NONE } };
}

/** Lets a whole body go on as another one, with the request's headers changed. */
export function changedWithBody(mutation: RequestMutation, body: Buffer): ProcessingResponse {
  const header_mutation = headerMutation(mutation);
  return {
    request_body: { response: { header_mutation, body_mutation: body.length > 0 ? { body } : { clear_body: true } } },
  };
}

/** A part of a body, in FULL_DUPLEX_STREAMED, where nothing goes on but what is answered. */
export function streamed(
  phase: 'request_body' | 'response_body',
  parts: readonly Buffer[],
  endOfStream: boolean,
): ProcessingResponse {
  return { [phase]: { response: { body_mutation: { streamed_response: { parts, end_of_stream: endOfStream } } } } };
}

/** Lets what comes after a request's fate is sealed go on as it is. */
export function passedOn(phase: Phase, message: ProcessingRequest, modes: BodyModes): ProcessingResponse {
  if (phase !== 'request_body' && phase !== 'response_body') return unchanged(phase);
  const mode = phase === 'request_body' ? modes.request : modes.response;
  if (mode !== BodySendMode.FULL_DUPLEX_STREAMED) return unchanged(phase);
  const { body, end_of_stream } = message[phase] ?? NO_BODY;
  return streamed(phase, [body], end_of_stream);
}

/** Answers the HTTP caller in AWS's stead; the upstream sees nothing of the request. */
export function refusal(error: SignerError, style?: RefusalStyle): ProcessingResponse {
  const { status, headers, body } = refusalOf(error, style);
  return {
    immediate_response: {
      status: { code: status },
      headers: { set_headers: headers, remove_headers: [] },
      body: Buffer.from(body),
      details: error.code.toLowerCase(),
    },
  };
}

/** Asks Envoy to wait longer for the answer to come; it heeds that up to the filter's max_message_timeout. */
export function moreTime(milliseconds: number): ProcessingResponse {
  const seconds = Math.floor(milliseconds / 1000);
  return { override_message_timeout: { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 } };
}

function headerMutation({ set, remove }: RequestMutation): HeaderMutation {
  return { set_headers: set, remove_headers: remove };
}
