import { amzDate } from './amz-date.ts';
import { canonicalHeaders } from './canonical-headers.ts';
import { canonicalPath } from './canonical-path.ts';
import { canonicalQuery } from './canonical-query.ts';
import {
  ALGORITHM,
  HEADER_AUTHORIZATION,
  HEADER_CONTENT_SHA256,
  HEADER_DATE,
  HEADER_SECURITY_TOKEN,
} from './constants.ts';
import { type SelectedHeaders, selectHeaders } from './select-headers.ts';
import { signingKey } from './signing-key.ts';
import { canonicalRequest, credentialScope, signature, stringToSign } from './stages.ts';
import type { Credentials, HeaderEntry, SignedRequest, SigningParameters, WireRequest } from './types.ts';

/** Every stage of one signature, for tests and for `explain`. */
export interface SigningStages {
  canonicalRequest: string;
  stringToSign: string;
  signature: string;
  signedRequest: SignedRequest;
}

/**
 * Signs a request with SigV4 in its headers. Pure: neither the clock nor anything else is read.
 * @param request as the filter sees it, its authority already the one that AWS will see
 * @param payloadHash lower-case hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`
 * @param now the moment of signing
 */
export function sign(
  request: WireRequest,
  parameters: SigningParameters,
  credentials: Credentials,
  payloadHash: string,
  now: Date,
): SignedRequest {
  return signInStages(request, parameters, credentials, payloadHash, now).signedRequest;
}

/** `sign`, with all that it computed on the way. */
export function signInStages(
  request: WireRequest,
  parameters: SigningParameters,
  credentials: Credentials,
  payloadHash: string,
  now: Date,
): SigningStages {
  const { region, service, rules } = parameters;
  const timestamp = amzDate(now);
  const date = timestamp.slice(0, 8);
  const scope = credentialScope(date, region, service);

  const questionMark = request.path.indexOf('?');
  const path = canonicalPath(questionMark < 0 ? request.path : request.path.slice(0, questionMark), rules);
  const query = canonicalQuery(questionMark < 0 ? '' : request.path.slice(questionMark + 1));

  const own: HeaderEntry[] = [
    [HEADER_CONTENT_SHA256, payloadHash],
    [HEADER_DATE, timestamp],
  ];
  if (credentials.sessionToken !== undefined) own.push([HEADER_SECURITY_TOKEN, credentials.sessionToken]);

  const client = selectHeaders(request.headers, parameters);
  const headers = canonicalHeaders([['host', request.authority], ...client.signed, ...own]);

  const canonical = canonicalRequest({
    method: request.method,
    path: path.canonical,
    query: query.canonical,
    headers: headers.canonical,
    signedHeaders: headers.signedHeaders,
    payloadHash,
  });
  const toSign = stringToSign(timestamp, scope, canonical);
  const signed = signature(signingKey(credentials, date, region, service), toSign);

  const authorization = `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${headers.signedHeaders}, Signature=${signed}`;
  own.push([HEADER_AUTHORIZATION, authorization]);

  const wirePath = query.wire === '' ? path.wire : `${path.wire}?${query.wire}`;
  return {
    canonicalRequest: canonical,
    stringToSign: toSign,
    signature: signed,
    signedRequest: {
      set: [...client.rewritten, ...own],
      remove: namesToRemove(client, own),
      ...(wirePath !== request.path && { path: wirePath }),
    },
  };
}

/** A header that is set is removed as well only where the client sent it twice: setting may replace only the first. */
function namesToRemove(client: SelectedHeaders, own: readonly HeaderEntry[]): string[] {
  const set = new Set(own.map(([name]) => name));
  const names = [...client.stripped];
  for (const [name, count] of client.clientSignature) {
    if (!set.has(name) || count > 1) names.push(name);
  }
  for (const [name] of client.rewritten) names.push(name);
  return names;
}
