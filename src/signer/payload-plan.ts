import type { SigningConfig } from '../config/index.ts';
import { RequestError } from '../errors/index.ts';
import { CHUNK_BYTES } from '../signing/aws-chunked/index.ts';
import { EMPTY_PAYLOAD_HASH, UNSIGNED_PAYLOAD, type WireRequest } from '../signing/index.ts';
import { declaredPayloadHash, decodedLength, isAwsChunked, isGrpc, isUpgrade } from './body.ts';
import { isUpload } from './upload.ts';

/** How a request's body comes to the signer. */
export type BodyDelivery = 'whole' | 'duplex' | 'beside' | 'unknown' | 'grpc messages';

/** What is to be done for a request's payload hash. */
export type PayloadPlan =
  /** Sign at once; `endless` where the body must not be waited for. */
  | { kind: 'at headers'; payloadHash: string; endless: boolean }
  /** Wait for the whole body; `decode` where it is aws-chunked by the client. */
  | { kind: 'whole body'; decode: boolean; unsigned: boolean }
  /** Frame and sign the body as it passes. */
  | { kind: 'streaming'; decode: boolean; dataLength: number }
  /** The body does not come in the way that the payload mode needs. */
  | { kind: 'undeliverable'; needs: 'whole' | 'duplex' };

/**
 * Decides how a request's payload is signed.
 * - `signed` needs the whole body. A client's aws-chunked body is decoded, never signed as plain bytes.
 * - `unsigned` needs nothing, but for an aws-chunked body the whole, to decode it.
 * - `passthrough` takes the client's own x-amz-content-sha256, `STREAMING-UNSIGNED-PAYLOAD-TRAILER` included; a body
 *   whose chunks the client signed is signed anew; without that header it is `signed`.
 * - `streaming` needs the body to pass through. What fits in one chunk, and what S3 takes in no chunks, is held and
 *   signed whole.
 * @throws RequestError
 */
export function planPayload(
  config: SigningConfig,
  request: WireRequest,
  hasBody: boolean,
  delivery: BodyDelivery,
): PayloadPlan {
  const { headers } = request;
  const unsigned = config.payload === 'unsigned';
  const upgrade = isUpgrade(headers);
  if (!hasBody || upgrade) {
    return { kind: 'at headers', payloadHash: unsigned ? UNSIGNED_PAYLOAD : EMPTY_PAYLOAD_HASH, endless: upgrade };
  }
  if (EVENT_STREAM.test(declaredPayloadHash(headers) ?? '')) {
    throw new RequestError(
      'SIGV4_REQUEST_UNSUPPORTED',
      'an event stream is signed event by event, by the client alone',
    );
  }
  const decode = isAwsChunked(headers);
  switch (config.payload) {
    case 'streaming':
      return streaming(request, decode, delivery);
    case 'passthrough':
      return passthrough(config, request, decode, delivery);
    case 'unsigned':
      if (decode) return wholeBody(delivery, decode, unsigned);
      if (delivery === 'grpc messages') return { kind: 'undeliverable', needs: 'whole' };
      return { kind: 'at headers', payloadHash: UNSIGNED_PAYLOAD, endless: isGrpc(headers) };
    case 'signed':
      if (isGrpc(headers)) {
        throw new RequestError(
          'SIGV4_REQUEST_UNSUPPORTED',
          'a gRPC stream has no end to hash; set payload: unsigned for it',
        );
      }
      return wholeBody(delivery, decode, unsigned);
  }
}

function wholeBody(delivery: BodyDelivery, decode: boolean, unsigned: boolean): PayloadPlan {
  return delivery === 'whole' ? { kind: 'whole body', decode, unsigned } : { kind: 'undeliverable', needs: 'whole' };
}

function streaming(request: WireRequest, decode: boolean, delivery: BodyDelivery): PayloadPlan {
  if (delivery !== 'duplex') return { kind: 'undeliverable', needs: 'duplex' };
  const dataLength = decodedLength(request.headers, decode);
  if (dataLength === undefined) {
    const missing = decode ? 'x-amz-decoded-content-length' : 'content-length';
    throw new RequestError('SIGV4_LENGTH_REQUIRED', `a body that is signed as it passes needs ${missing}`);
  }
  const whole = dataLength <= CHUNK_BYTES || (dataLength <= MOST_HELD_BYTES && !isUpload(request));
  if (whole) return { kind: 'whole body', decode, unsigned: false };
  return { kind: 'streaming', decode, dataLength };
}

function passthrough(
  config: SigningConfig,
  request: WireRequest,
  decode: boolean,
  delivery: BodyDelivery,
): PayloadPlan {
  const { headers } = request;
  const declared = declaredPayloadHash(headers);
  if (declared !== undefined && !SIGNED_CHUNKS.test(declared)) {
    if (!CARRIED_OVER.test(declared)) {
      throw new RequestError(
        'SIGV4_REQUEST_UNSUPPORTED',
        "the client's x-amz-content-sha256 is none that can be passed through",
      );
    }
    if (delivery === 'grpc messages') return { kind: 'undeliverable', needs: 'whole' };
    return { kind: 'at headers', payloadHash: declared, endless: isGrpc(headers) };
  }
  if (delivery === 'duplex' && takesSignedChunks(config)) return streaming(request, decode, delivery);
  return wholeBody(delivery, decode, false);
}

/** Chunks are signed by the signature in the header, with the key of one region. */
function takesSignedChunks({ rules, algorithm, queryExpiresSeconds }: SigningConfig): boolean {
  return rules.streamingPayload && algorithm === 'sigv4' && queryExpiresSeconds === undefined;
}

/** The longest lists of keys or parts that S3 takes are shorter; S3 itself refuses a longer body, framed as it comes. */
const MOST_HELD_BYTES = 8 * 1024 * 1024;

/** @see https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html */
const EVENT_STREAM = /^STREAMING-.*-EVENTS$/;
/** Hashes that hold whoever signs: of the whole body, of none, of unsigned chunks with a checksum behind them. */
const CARRIED_OVER = /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/;
/** Chunks that the client signed with its own keys: their signatures are of no use to AWS. */
const SIGNED_CHUNKS = /^STREAMING-AWS4-(?:HMAC|ECDSA-P256)-SHA256-PAYLOAD(?:-TRAILER)?$/;
