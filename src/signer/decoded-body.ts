import { RequestError } from '../errors/index.ts';
import { AwsChunkedDecoder, FramingError } from '../signing/aws-chunked/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import { contentEncodings, decodedLength } from './body.ts';
import { changeHeaders } from './change-headers.ts';
import type { PreparedRequest } from './prepare.ts';

/** What the frames of a client's aws-chunked body carried. */
export interface DecodedBody {
  data: Buffer;
  /** Checksums of the data; AWS checks them wherever they stand. */
  checksums: HeaderEntry[];
}

/** Only checksums are taken from a trailer: any other header there would slip past all that looked at the headers. */
const CHECKSUM = /^x-amz-checksum-[a-z0-9]+$/;
/** base64, or what a header may hold without harm. */
const CHECKSUM_VALUE = /^[A-Za-z0-9+/=_-]+$/;

/** @throws RequestError SIGV4_AWS_CHUNKED_BODY */
export function decodeBody(body: Buffer, headers: readonly HeaderEntry[]): DecodedBody {
  const data = framingErrorsAsRefusals(() => {
    const decoder = new AwsChunkedDecoder();
    const parts = decoder.push(body);
    return { parts, trailers: decoder.end() };
  });
  const length = data.parts.reduce((sum, part) => sum + part.length, 0);
  const announced = decodedLength(headers, true);
  if (announced !== undefined && announced !== length) throw wrongLength();
  return {
    data: data.parts.length === 1 && data.parts[0] ? data.parts[0] : Buffer.concat(data.parts),
    checksums: checksumsOf(data.trailers),
  };
}

/** The request without its frames: as one plain body, its checksum in a header. */
export function withDecodedBody(prepared: PreparedRequest, { data, checksums }: DecodedBody): PreparedRequest {
  const encodings = contentEncodings(prepared.request.headers).filter((encoding) => encoding !== 'aws-chunked');
  const set: HeaderEntry[] = [['content-length', String(data.length)], ...checksums];
  const remove = ['x-amz-decoded-content-length', 'x-amz-trailer'];
  if (encodings.length > 0) set.push(['content-encoding', encodings.join(',')]);
  else remove.push('content-encoding');
  return changeHeaders(prepared, set, remove);
}

/**
 * The checksums in a trailer, which will be headers.
 * @throws RequestError SIGV4_AWS_CHUNKED_BODY if one is there twice, or holds what is no checksum
 */
export function checksumsOf(trailers: readonly HeaderEntry[]): HeaderEntry[] {
  const checksums = new Map<string, string>();
  for (const [name, value] of trailers) {
    if (!CHECKSUM.test(name)) continue;
    if (checksums.has(name) || !CHECKSUM_VALUE.test(value)) {
      throw new RequestError('SIGV4_AWS_CHUNKED_BODY', 'the trailer holds a checksum that cannot be read');
    }
    checksums.set(name, value);
  }
  return [...checksums];
}

/** Runs a step of a decoder; broken framing is the client's fault, not a defect. */
export function framingErrorsAsRefusals<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    throw new RequestError('SIGV4_AWS_CHUNKED_BODY', error.message);
  }
}

export function wrongLength(): RequestError {
  return new RequestError('SIGV4_AWS_CHUNKED_BODY', 'the body is not as long as x-amz-decoded-content-length says');
}
