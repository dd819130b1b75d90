import { RequestError } from '../errors/index.ts';
import { isHeaderName, type WireRequest } from '../signing/index.ts';

/** @throws RequestError SIGV4_REQUEST_UNSUPPORTED */
export function requireSignable({ method, path, authority, headers }: WireRequest): void {
  if (method === 'CONNECT' || !path.startsWith('/') || authority === '') {
    throw new RequestError(
      'SIGV4_REQUEST_UNSUPPORTED',
      'a request without a path that starts with /, or without authority, cannot be signed',
    );
  }
  if (headers.some(([name]) => name.startsWith('x-amz-') && !isHeaderName(name))) {
    throw new RequestError('SIGV4_REQUEST_UNSUPPORTED', 'a header that is signed has a name that HTTP does not allow');
  }
}
