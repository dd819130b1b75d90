import { amzDate } from './amz-date.ts';
import { canonicalHeaders } from './canonical-headers.ts';
import { canonicalPath } from './canonical-path.ts';
import { canonicalQuery } from './canonical-query.ts';
import { inHeaders, inQuery, type SigningContext } from './placement.ts';
import { schemeOf } from './scheme.ts';
import { type SelectedHeaders, selectHeaders } from './select-headers.ts';
import { canonicalRequest, stringToSign } from './stages.ts';
import type { Credentials, HeaderEntry, SignedRequest, SigningParameters, WireRequest } from './types.ts';

/** Every stage of one signature, for tests and for `explain`. */
export interface SigningStages {
  canonicalRequest: string;
  stringToSign: string;
  signedRequest: SignedRequest;
}

/**
 * Signs a request. Pure: neither the clock nor anything else is read.
 * @param request as the filter sees it, its authority already the one that AWS will see
 * @param payloadHash lower-case hex SHA-256 of the body, or what stands for it, such as `UNSIGNED-PAYLOAD`
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
  const scheme = schemeOf(parameters);
  const timestamp = amzDate(now);
  const date = timestamp.slice(0, 8);
  const scope = scheme.credentialScope(date, parameters);
  const context: SigningContext = { scheme, parameters, credentials, payloadHash, timestamp, scope };
  const placement = parameters.queryExpiresSeconds === undefined ? inHeaders : inQuery;

  const own = placement.headers(context);
  const client = selectHeaders(request.headers, parameters);
  const headers = canonicalHeaders([['host', request.authority], ...client.signed, ...own]);
  const { signedHeaders } = headers;

  const questionMark = request.path.indexOf('?');
  const wirePath = questionMark < 0 ? request.path : request.path.slice(0, questionMark);
  const wireQuery = questionMark < 0 ? '' : request.path.slice(questionMark + 1);
  const path = canonicalPath(wirePath, parameters.rules);
  const query = canonicalQuery(wireQuery, placement.query(context, signedHeaders));

  const canonical = canonicalRequest({
    method: request.method,
    path: path.canonical,
    query: query.canonical,
    headers: headers.canonical,
    signedHeaders,
    payloadHash,
  });
  const toSign = stringToSign(scheme.algorithm, timestamp, scope, canonical);
  const signature = scheme.signature(credentials, date, parameters, toSign);

  const placed = placement.signature(context, signedHeaders, signature);
  if (placed.header) own.push(placed.header);
  const signedPath = joinTarget(path.wire, query.wire, placed.query);
  return {
    canonicalRequest: canonical,
    stringToSign: toSign,
    signedRequest: {
      set: [...client.rewritten, ...own],
      remove: namesToRemove(client, own),
      signature,
      timestamp,
      scope,
      ...(signedPath !== request.path && { path: signedPath }),
    },
  };
}

function joinTarget(path: string, query: string, signature: string | undefined): string {
  if (signature !== undefined) return `${path}?${query}&${signature}`;
  return query === '' ? path : `${path}?${query}`;
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
