import { createCipheriv } from 'node:crypto';

const BLOCK = Buffer.alloc(256 * 1024);

/** A stream of bytes that looks random and is the same for the same seed, made as it is read. */
export class SeededBytes {
  readonly #cipher;

  constructor(seed: number) {
    const key = Buffer.alloc(16);
    key.writeUInt32BE(seed);
    this.#cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  }

  read(length: number): Buffer {
    return this.#cipher.update(length <= BLOCK.length ? BLOCK.subarray(0, length) : Buffer.alloc(length));
  }

  /** The next bytes in parts of at most 256 KiB. */
  *parts(length: number): Generator<Buffer> {
    for (let left = length; left > 0; left -= BLOCK.length) yield this.read(Math.min(left, BLOCK.length));
  }
}
