import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DerivedKey } from './derived-key.ts';

const CIPHER = 'aes-256-gcm';
/** Changes with the layout of sealed values or of what is in them. */
const FORMAT_VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/**
 * Seals a value for one cache key: format version (1 byte), nonce (12), tag (16), ciphertext of AES-256-GCM, with
 * format version, key id and cache key as associated data.
 * @see https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
 */
export function seal(key: DerivedKey, cacheKey: string, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.entryKey(cacheKey), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(key, cacheKey));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT_VERSION), nonce, cipher.getAuthTag(), sealed]);
}

/** The value that was sealed for this cache key with this key; undefined if it was not, or is not what it was. */
export function unseal(key: DerivedKey, cacheKey: string, sealed: Buffer): Buffer | undefined {
  if (sealed.length < HEAD_BYTES || sealed[0] !== FORMAT_VERSION) return undefined;
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key.entryKey(cacheKey), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(key, cacheKey));
  decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Unambiguous: JSON of a list. */
function associatedData(key: DerivedKey, cacheKey: string): Buffer {
  return Buffer.from(JSON.stringify([FORMAT_VERSION, key.id, cacheKey]));
}
