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
  /** One character for each byte: a small Buffer would be a part of a larger one, which all its parts keep alive. */
  readonly #key: string;

  constructor(key: Buffer) {
    this.#key = (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).toString('latin1');
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
    this.#pad(message, INNER_PAD);
    message.write(text, BLOCK_BYTES, 'latin1');
    hash('sha256', message, 'buffer').copy(outer, BLOCK_BYTES);
    this.#pad(outer, OUTER_PAD);
    return outer;
  }

  /** Writes the key's block, padded. */
  #pad(block: Buffer, padding: number): void {
    const key = this.#key;
    block.fill(padding, key.length, BLOCK_BYTES);
    for (let index = 0; index < key.length; index++) block[index] = key.charCodeAt(index) ^ padding;
  }
}
