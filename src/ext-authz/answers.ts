import { isUtf8 } from 'node:buffer';
import type { RefusalStyle } from '../config/index.ts';
import { OVERWRITE_IF_EXISTS_OR_ADD } from '../envoy/index.ts';
import { RequestError, type SignerError } from '../errors/index.ts';
import { Status } from '../grpc/index.ts';
import { type RequestMutation, refusalOf } from '../signer/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import type { CheckResponse, SetHeader } from './messages.ts';

/**
 * Lets the request through, changed. Envoy sets first, the first of a repeated name, whose others it drops; then it
 * removes, also what it has just set: so a name that is set is never in the list of those to remove.
 * @throws RequestError where a value cannot be told
 */
export function allowed({ set, remove }: RequestMutation): CheckResponse {
  const written = new Set(set.map(([name]) => name));
  const gone = new Set(remove.filter((name) => !written.has(name)));
  return {
    status: { code: Status.OK },
    ok_response: { headers: set.map(setHeader), headers_to_remove: [...gone] },
  };
}

/** Answers the HTTP caller in AWS's stead. As `error_response` it would be a pass where failure_mode_allow is set. */
export function denied(error: SignerError, style?: RefusalStyle): CheckResponse {
  const refusal = refusalOf(error, style);
  return {
    status: { code: Status.PERMISSION_DENIED },
    denied_response: {
      status: { code: refusal.status },
      headers: refusal.headers.map(setHeader),
      body: refusal.body,
    },
  };
}

/** Envoy reads `value` alone, and the deprecated `append`, whose default is to overwrite; others `append_action`. */
function setHeader([key, value]: HeaderEntry): SetHeader {
  return { header: { key, value: textOf(value) }, append_action: OVERWRITE_IF_EXISTS_OR_ADD };
}

/** A value of the wire, one byte per character, as the text whose UTF-8 is those bytes. */
function textOf(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new RequestError(
    'SIGV4_REQUEST_UNSUPPORTED',
    'a header that has to be written anew holds bytes that are no UTF-8, which ext_authz cannot carry',
  );
}
