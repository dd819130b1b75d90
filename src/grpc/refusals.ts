import { encodeHeaders, type ServerStream } from '../http2/index.ts';
import type { Status } from './status.ts';
import { onlyTrailers } from './stream-end.ts';

/** Ends a call that no method serves. */
export function refuse(stream: ServerStream, status: Status, details: string): void {
  stream.sendTrailers(onlyTrailers(status, details));
}

/** Ends what is no gRPC call. */
export function refuseHttp(stream: ServerStream, status: 405 | 415): void {
  stream.sendTrailers(encodeHeaders({ ':status': String(status), ...(status === 405 && { allow: 'POST' }) }));
}
