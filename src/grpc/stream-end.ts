import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { encodeMessage } from './metadata.ts';
import type { Status } from './status.ts';

const WITHOUT_BODY = { endStream: true, sendDate: false };

/** Answers with headers alone, if the peer is still there. */
export function endWithHeaders(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  if (stream.closed) return;
  stream.respond(headers, WITHOUT_BODY);
  closeBehind(stream);
}

/** Ends an answer that has begun, behind what is written of it. */
export function endWithTrailers(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders): void {
  stream.once('wantTrailers', () => {
    if (stream.closed) return;
    stream.sendTrailers(trailers);
    closeBehind(stream);
  });
  stream.end();
}

/** The headers, or trailers, that tell how a call went. */
export function statusHeaders(status: Status, details: string): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'grpc-status': String(status) };
  if (details !== '') headers['grpc-message'] = encodeMessage(details);
  return headers;
}

/** A peer that has more to send is told that nobody will read it. Node sends trailers no earlier than that either. */
function closeBehind(stream: ServerHttp2Stream): void {
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
}
