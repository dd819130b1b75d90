import type { SigningConfig } from '../config/index.ts';
import { RequestError } from '../errors/index.ts';
import { type BodyDelivery, declaredPayloadHash, isAwsChunked, isGrpc } from '../signer/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import type { HttpRequest } from './messages.ts';

/** What a check shows of a request's body. */
export interface CheckedBody {
  /** Whether there is one. */
  exists: boolean;
  /** `beside`: Envoy did not send it along. */
  delivery: Extract<BodyDelivery, 'whole' | 'beside'>;
}

/**
 * Finds out whether a request has a body. One that Envoy did not send shows only by the headers that speak of it: else a
 * body of unannounced length is not to be told from none, as Envoy takes transfer-encoding off.
 */
export function bodyOf(
  http: HttpRequest,
  headers: readonly HeaderEntry[],
  { payload }: Pick<SigningConfig, 'payload'>,
): CheckedBody {
  const sent = (http.raw_body?.length ?? 0) > 0 || (http.body ?? '') !== '' || partialBody(headers).length > 0;
  const announced = contentLength(headers) ?? 0;
  const declared = isAwsChunked(headers) || (payload === 'passthrough' && declaredPayloadHash(headers) !== undefined);
  return { exists: sent || announced > 0 || declared || isGrpc(headers), delivery: sent ? 'whole' : 'beside' };
}

/**
 * The whole body, byte for byte as it will leave.
 * @throws RequestError where it came in part, or altered
 */
export function wholeBody(http: HttpRequest, headers: readonly HeaderEntry[]): Buffer {
  const body = http.raw_body ?? Buffer.from(http.body ?? '', 'utf8');
  const announced = contentLength(headers);
  if (http.body !== undefined && mayBeAltered(http.body, body.length, announced, headers)) {
    throw new RequestError(
      'SIGV4_PROCESSING_MODE',
      "a body that may be no UTF-8 text comes altered; set the ext_authz filter's with_request_body.pack_as_bytes: true",
    );
  }
  if (partialBody(headers).includes('true') || (announced !== undefined && announced !== body.length)) {
    throw new RequestError(
      'SIGV4_BODY_TOO_LARGE',
      "the body is larger than the ext_authz filter's with_request_body.max_request_bytes",
    );
  }
  return body;
}

/**
 * Without pack_as_bytes Envoy puts `!` in the place of each byte that is no UTF-8, others U+FFFD. Only in a body that
 * calls itself text is `!` taken to be the client's own.
 */
function mayBeAltered(
  text: string,
  length: number,
  announced: number | undefined,
  headers: readonly HeaderEntry[],
): boolean {
  if (text.includes('\ufffd') || (announced !== undefined && length > announced)) return true;
  return text.includes('!') && !TEXT.test(headers.find(([name]) => name === 'content-type')?.[1] ?? '');
}

const TEXT =
  /^text\/|^application\/(?:[\w.+-]*(?:json|xml|yaml|graphql|javascript)[\w.+-]*|x-www-form-urlencoded)\s*(?:;|$)/i;

/** Envoy's own header: whether it sent the body in part. It is there where the filter sends bodies at all. */
function partialBody(headers: readonly HeaderEntry[]): string[] {
  return headers.filter(([name]) => name === 'x-envoy-auth-partial-body').map(([, value]) => value);
}

function contentLength(headers: readonly HeaderEntry[]): number | undefined {
  const value = headers.find(([name]) => name === 'content-length')?.[1];
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
