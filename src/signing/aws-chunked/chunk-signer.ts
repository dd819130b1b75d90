import { hash } from 'node:crypto';
import { EMPTY_PAYLOAD_HASH } from '../constants.ts';
import type { HmacSha256 } from '../hmac-sha256.ts';

/** What ties chunks to the request that they are the body of. */
export interface ChunkSeed {
  /** Of the request's headers, lower-case hex. */
  signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  timestamp: string;
  scope: string;
  signingKey: HmacSha256;
}

/**
 * Signs the chunks of an aws-chunked body, each with the signature of the one before it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class ChunkSigner {
  readonly #seed: ChunkSeed;
  #previous: string;

  constructor(seed: ChunkSeed) {
    this.#seed = seed;
    this.#previous = seed.signature;
  }

  /** @param payloadHash lower-case hex SHA-256 of the chunk's data */
  chunk(payloadHash: string): string {
    return this.#next('AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_PAYLOAD_HASH}\n${payloadHash}`);
  }

  /** @param trailers each as `name:value\n` */
  trailer(trailers: string): string {
    return this.#next('AWS4-HMAC-SHA256-TRAILER', hash('sha256', Buffer.from(trailers, 'latin1')));
  }

  #next(algorithm: string, hashes: string): string {
    const { timestamp, scope, signingKey } = this.#seed;
    const stringToSign = `${algorithm}\n${timestamp}\n${scope}\n${this.#previous}\n${hashes}`;
    this.#previous = signingKey.hex(stringToSign);
    return this.#previous;
  }
}
