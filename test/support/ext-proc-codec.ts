import { decodeProcessingRequest } from '../../src/ext-proc/decode-request.ts';
import { encodeProcessingResponse } from '../../src/ext-proc/encode-response.ts';
import type { ProcessingRequest, ProcessingResponse } from '../../src/ext-proc/messages.ts';
import { type AnswerMessage, processMethod, type RequestMessage } from './ext-proc-client.ts';

const { requestSerialize, responseDeserialize } = processMethod();

/** A message as the service reads it, by way of the wire. */
export function received(message: RequestMessage): ProcessingRequest {
  return decodeProcessingRequest(requestSerialize(message));
}

/** An answer of the service as Envoy reads it, by way of the wire. */
export function answered(response: ProcessingResponse): AnswerMessage {
  return responseDeserialize(encodeProcessingResponse(response));
}
