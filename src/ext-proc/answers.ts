import type { SignerError } from '../errors/index.ts';
import type { RequestMutation } from '../signer/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import {
  BodySendMode,
  type CommonAnswer,
  type HeaderMutation,
  type Phase,
  type ProcessingResponse,
} from './messages.ts';

/** `HeaderValueOption.HeaderAppendAction` of base.proto. */
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

/** Lets a phase go on as it is. */
export function unchanged(phase: Phase): ProcessingResponse {
  return phase.endsWith('trailers') ? { [phase]: {} } : { [phase]: { response: {} } };
}

/** Lets a phase go on with the request's headers changed. */
export function changed(phase: 'request_headers' | 'request_body', mutation: RequestMutation): ProcessingResponse {
  const answer: CommonAnswer = { response: { header_mutation: headerMutation(mutation.set, mutation.remove) } };
  return { [phase]: answer };
}

/** The same to the headers, asking Envoy besides not to hold the body back (heeded where the filter allows it). */
export function changedWithoutBody(mutation: RequestMutation): ProcessingResponse {
  return { ...changed('request_headers', mutation), mode_override: { request_body_mode: BodySendMode.NONE } };
}

/** Lets a whole body go on as another one, with the request's headers changed. */
export function changedWithBody(mutation: RequestMutation, body: Buffer): ProcessingResponse {
  const header_mutation = headerMutation(mutation.set, mutation.remove);
  return {
    request_body: { response: { header_mutation, body_mutation: body.length > 0 ? { body } : { clear_body: true } } },
  };
}

/** A part of a body, in FULL_DUPLEX_STREAMED, where nothing goes on but what is answered. */
export function streamed(
  phase: 'request_body' | 'response_body',
  body: Buffer,
  endOfStream: boolean,
): ProcessingResponse {
  return { [phase]: { response: { body_mutation: { streamed_response: { body, end_of_stream: endOfStream } } } } };
}

/** Answers the HTTP caller in AWS's stead; the upstream sees nothing of the request. */
export function refusal(error: SignerError): ProcessingResponse {
  const headers: HeaderEntry[] = [['content-type', 'application/json']];
  if (error.retryAfterSeconds !== undefined) headers.push(['retry-after', String(error.retryAfterSeconds)]);
  // RFC 9110 §15.5.2: a 401 says which scheme it expects.
  if (error.status === 401) headers.push(['www-authenticate', 'Bearer']);
  // Where AWS's SDKs look for the code. Last, as mutation rules that do not know it drop it with all that follows.
  headers.push(['x-amzn-errortype', error.code]);
  return {
    immediate_response: {
      status: { code: error.status },
      headers: headerMutation(headers, []),
      body: Buffer.from(JSON.stringify({ message: error.message, code: error.code })),
      details: error.code.toLowerCase(),
    },
  };
}

/** Envoy reads `raw_value` alone, and the deprecated `append`, whose default is to overwrite; others `append_action`. */
function headerMutation(set: readonly HeaderEntry[], remove: readonly string[]): HeaderMutation {
  return {
    set_headers: set.map(([key, value]) => ({
      header: { key, raw_value: Buffer.from(value, 'latin1') },
      append_action: OVERWRITE_IF_EXISTS_OR_ADD,
    })),
    remove_headers: [...remove],
  };
}
