import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Longer than any string to sign. */
const SCRATCH_BYTES = 4096;

const scratch = Buffer.allocUnsafe(BLOCK_BYTES + SCRATCH_BYTES);
const outer = Buffer.allocUnsafe(BLOCK_BYTES + DIGEST_BYTES);

/**
 * HMAC-SHA-256 under one key, made of one-shot hashes over what the key is padded to: no object of the crypto library
 * is created for a message, which costs more than its hashing.
 * @see https://www.rfc-editor.org/rfc/rfc2104 §2
 */
export class HmacSha256 {
  /** The key's block under the inner padding, then under the outer one. */
  readonly #padded: Buffer;

  constructor(key: Buffer) {
    const block = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
    this.#padded = Buffer.allocUnsafe(2 * BLOCK_BYTES);
    this.#padded.fill(INNER_PAD, 0, BLOCK_BYTES).fill(OUTER_PAD, BLOCK_BYTES);
    for (const [index, byte] of block.entries()) {
      this.#padded[index] = byte ^ INNER_PAD;
      this.#padded[BLOCK_BYTES + index] = byte ^ OUTER_PAD;
    }
  }

  /** @param text one character for each byte */
  hex(text: string): string {
    return hash('sha256', this.#innerDigested(text), 'hex');
  }

  digest(text: string): Buffer {
    return hash('sha256', this.#innerDigested(text), 'buffer');
  }

  /** What the outer hash is made of. */
  #innerDigested(text: string): Buffer {
    const length = BLOCK_BYTES + text.length;
    const message = length <= scratch.length ? scratch.subarray(0, length) : Buffer.allocUnsafe(length);
    this.#padded.copy(message, 0, 0, BLOCK_BYTES);
    message.write(text, BLOCK_BYTES, 'latin1');
    hash('sha256', message, 'buffer').copy(outer, BLOCK_BYTES);
    this.#padded.copy(outer, 0, BLOCK_BYTES);
    return outer;
  }
}
