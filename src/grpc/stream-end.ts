import { encodeHeaders } from '../http2/index.ts';
import { encodeMessage } from './metadata.ts';
import { Status } from './status.ts';

const OK = encodeHeaders(outcome(Status.OK, ''));

/** What tells behind an answer how the call went, encoded. */
export function trailers(status: Status, details: string): Buffer {
  return status === Status.OK && details === '' ? OK : encodeHeaders(outcome(status, details));
}

/** The same for an answer without messages, whose headers are its end. */
export function onlyTrailers(status: Status, details: string): Buffer {
  return encodeHeaders({ ':status': '200', 'content-type': 'application/grpc', ...outcome(status, details) });
}

function outcome(status: Status, details: string): Record<string, string> {
  return { 'grpc-status': String(status), ...(details !== '' && { 'grpc-message': encodeMessage(details) }) };
}
