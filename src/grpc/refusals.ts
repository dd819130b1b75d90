import type { ServerHttp2Stream } from 'node:http2';
import type { Status } from './status.ts';
import { endWithHeaders, statusHeaders } from './stream-end.ts';

/** Ends a call that no method serves. */
export function refuse(stream: ServerHttp2Stream, status: Status, details: string): void {
  stream.on('error', ignore);
  endWithHeaders(stream, { ':status': 200, 'content-type': 'application/grpc', ...statusHeaders(status, details) });
}

/** Ends what is no gRPC call. */
export function refuseHttp(stream: ServerHttp2Stream, status: 405 | 415): void {
  stream.on('error', ignore);
  endWithHeaders(stream, { ':status': status, ...(status === 405 && { allow: 'POST' }) });
}

function ignore(): void {}
