import type { SigningConfig } from '../config/index.ts';
import { RequestError } from '../errors/index.ts';
import {
  AwsChunkedDecoder,
  AwsChunkedEncoder,
  type ChecksumAlgorithm,
  type ChunkSeed,
  checksumTrailer,
  createChecksum,
  encodedLength,
} from '../signing/aws-chunked/index.ts';
import type { HeaderEntry, WireRequest } from '../signing/index.ts';
import { contentEncodings } from './body.ts';
import { changeHeaders } from './change-headers.ts';
import { checksumsOf, framingErrorsAsRefusals, wrongLength } from './decoded-body.ts';
import type { PreparedRequest } from './prepare.ts';
import { isUpload, isUploadPart } from './upload.ts';

/** base64 lengths of the checksums that a client may send in a trailer of its own. */
const CLIENT_CHECKSUMS: ReadonlyMap<string, number> = new Map([
  ['x-amz-checksum-crc32', 8],
  ['x-amz-checksum-crc32c', 8],
  ['x-amz-checksum-crc64nvme', 12],
  ['x-amz-checksum-sha1', 28],
  ['x-amz-checksum-sha256', 44],
]);

/** The trailer of a body that is signed as it passes: computed here, or the client's own. */
export type StreamingTrailer =
  | { from: 'route'; algorithm: ChecksumAlgorithm; name: string; valueLength: number }
  | { from: 'client'; name: string; valueLength: number };

/** The client's own checksum goes on, end to end; else the one that the route asks for. */
export function streamingTrailer(config: SigningConfig, request: WireRequest): StreamingTrailer | undefined {
  const announced = request.headers
    .find(([name]) => name === 'x-amz-trailer')?.[1]
    .trim()
    .toLowerCase();
  if (announced) {
    const valueLength = CLIENT_CHECKSUMS.get(announced);
    if (valueLength !== undefined) return { from: 'client', name: announced, valueLength };
    throw new RequestError('SIGV4_AWS_CHUNKED_BODY', 'x-amz-trailer announces what is not one checksum');
  }
  const algorithm = routeChecksum(config, request);
  return algorithm && { from: 'route', algorithm, ...checksumTrailer(algorithm) };
}

/** S3 takes one checksum with an object, and with a part of one the kind that its upload was created with. */
function routeChecksum({ trailerChecksum }: SigningConfig, request: WireRequest): ChecksumAlgorithm | undefined {
  const hasOwn = request.headers.some(([name]) => name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer');
  return hasOwn || !isUpload(request) || isUploadPart(request) ? undefined : trailerChecksum;
}

/** What `streamingTrailer` would send behind a body, for one that is at hand: as a header. */
export async function checksumHeaders(
  config: SigningConfig,
  request: WireRequest,
  data: Buffer,
): Promise<HeaderEntry[]> {
  const algorithm = routeChecksum(config, request);
  if (algorithm === undefined) return [];
  const checksum = createChecksum(algorithm);
  checksum.update(data);
  return [[checksumTrailer(algorithm).name, await checksum.digest()]];
}

/** The payload hash that announces signed chunks. */
export function streamingPayloadHash(trailer: StreamingTrailer | undefined): string {
  return trailer ? 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' : 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
}

/** The request with the headers of a framed body; Envoy keeps the exact content-length where it is told to. */
export function withStreamingHeaders(
  prepared: PreparedRequest,
  dataLength: number,
  trailer: StreamingTrailer | undefined,
): PreparedRequest {
  const others = contentEncodings(prepared.request.headers).filter((encoding) => encoding !== 'aws-chunked');
  const lengths = trailer ? [{ name: trailer.name.length, value: trailer.valueLength }] : [];
  const set: HeaderEntry[] = [
    ['content-encoding', ['aws-chunked', ...others].join(',')],
    ['x-amz-decoded-content-length', String(dataLength)],
    ['content-length', String(encodedLength(dataLength, lengths))],
  ];
  if (trailer) set.push(['x-amz-trailer', trailer.name]);
  return changeHeaders(prepared, set, trailer ? [] : ['x-amz-trailer']);
}

/** A body on its way: what the client sends goes in, signed chunks come out; one chunk is held at most. */
export class StreamingBody {
  readonly #decoder: AwsChunkedDecoder | undefined;
  readonly #encoder: AwsChunkedEncoder;
  readonly #trailer: StreamingTrailer | undefined;
  readonly #checksum;
  #dataLeft: number;

  /** @param decode the client's body is aws-chunked itself */
  constructor(seed: ChunkSeed, dataLength: number, trailer: StreamingTrailer | undefined, decode: boolean) {
    this.#encoder = new AwsChunkedEncoder(seed);
    this.#decoder = decode ? new AwsChunkedDecoder() : undefined;
    this.#trailer = trailer;
    this.#checksum = trailer?.from === 'route' ? createChecksum(trailer.algorithm) : undefined;
    this.#dataLeft = dataLength;
  }

  /**
   * @returns what to write, in views that last until the next push
   * @throws RequestError if the body is longer than was announced, or its own framing is broken
   */
  push(part: Buffer): Buffer[] {
    const data = this.#decoder ? this.#unframed(this.#decoder, part) : part;
    this.#dataLeft -= data.length;
    if (this.#dataLeft < 0) throw wrongLength();
    this.#checksum?.update(data);
    return this.#encoder.push(data);
  }

  /** In one piece, as what the encoder gives lasts until its next push. */
  #unframed(decoder: AwsChunkedDecoder, part: Buffer): Buffer {
    const pieces = framingErrorsAsRefusals(() => decoder.push(part));
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  }

  /** @throws RequestError if the body is shorter than was announced, or its own framing is broken */
  async end(): Promise<Buffer[]> {
    const trailers = this.#decoder ? framingErrorsAsRefusals(() => this.#decoder?.end() ?? []) : [];
    if (this.#dataLeft !== 0) throw wrongLength();
    if (!this.#trailer) return this.#encoder.end([]);
    const { name, valueLength } = this.#trailer;
    const value = this.#checksum
      ? await this.#checksum.digest()
      : checksumsOf(trailers).find((entry) => entry[0] === name)?.[1];
    if (value?.length !== valueLength) {
      throw new RequestError(
        'SIGV4_AWS_CHUNKED_BODY',
        'the trailer does not hold the checksum that x-amz-trailer announces',
      );
    }
    return this.#encoder.end([[name, value]]);
  }
}
