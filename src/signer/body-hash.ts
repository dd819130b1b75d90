import { webcrypto } from 'node:crypto';
import { payloadHash } from '../signing/index.ts';

/** SHA-256 takes a quarter of a millisecond for so much; a larger body would hold up all other requests for longer. */
const MOST_AT_ONCE = 256 * 1024;

/** Lower-case hex SHA-256 of a body: at once, or of a large one by a thread of Node's pool. */
export function bodyHash(body: Buffer): string | Promise<string> {
  if (body.length <= MOST_AT_ONCE) return payloadHash(body);
  return webcrypto.subtle.digest('SHA-256', body).then((digest) => Buffer.from(digest).toString('hex'));
}
