import { RequestError } from '../errors/index.ts';
import type { WireRequest } from '../signing/index.ts';

/** RFC 9110 §5.1. Names stand in the authorization header, which holds no other characters. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** @throws RequestError SIGV4_REQUEST_UNSUPPORTED */
export function requireSignable({ method, path, authority, headers }: WireRequest): void {
  if (method === 'CONNECT' || !path.startsWith('/') || authority === '') {
    throw new RequestError(
      'SIGV4_REQUEST_UNSUPPORTED',
      'a request without a path that starts with /, or without authority, cannot be signed',
    );
  }
  if (headers.some(([name]) => name.startsWith('x-amz-') && !HEADER_NAME.test(name))) {
    throw new RequestError('SIGV4_REQUEST_UNSUPPORTED', 'a header that is signed has a name that HTTP does not allow');
  }
}
