import { createHmac, hkdfSync } from 'node:crypto';
import type { SharedCacheKey } from './types.ts';

const KEY_BYTES = 32;

/** What is made of one secret: names that tell nothing of what they stand for, and a key for each entry. */
export class DerivedKey {
  readonly id: string;
  readonly #names: Buffer;
  readonly #entries: Buffer;

  /** @throws RangeError for a secret that has not 32 bytes */
  constructor({ id, secret }: SharedCacheKey) {
    if (secret.length !== KEY_BYTES) throw new RangeError(`the key ${id} has not ${KEY_BYTES} bytes`);
    this.id = id;
    this.#names = derive(secret, 'names');
    this.#entries = derive(secret, 'entries');
  }

  /** What an entry is called in Redis. In braces, so that an entry and its lock are on one shard. */
  nameOf(cacheKey: string): string {
    return `sigv4:{${createHmac('sha256', this.#names).update(cacheKey).digest('base64url')}}`;
  }

  /** Each entry has a key of its own, so that no key ever meets the bound of random nonces, 2^32 uses. */
  entryKey(cacheKey: string): Buffer {
    return createHmac('sha256', this.#entries).update(cacheKey).digest();
  }
}

/** RFC 5869; without a salt, as the secret is uniformly random. */
function derive(secret: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `sigv4-extproc shared cache v1 ${use}`, KEY_BYTES));
}
