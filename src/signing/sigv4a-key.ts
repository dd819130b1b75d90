import { createECDH, createHmac, createPrivateKey, type KeyObject } from 'node:crypto';
import { privateNote } from './private-note.ts';
import type { Credentials } from './types.ts';

const LABEL = 'AWS4-ECDSA-P256-SHA256';
/** The order of P-256, less two. */
const LARGEST_CANDIDATE = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - 2n;
const KEY_BITS = 256;

const keysOf = privateNote<KeyObject>();

/** The private key that a secret access key stands for, derived once for each credentials object. */
export function ecdsaSigningKey(credentials: Credentials): KeyObject {
  let key = keysOf.get(credentials);
  if (key === undefined) {
    key = privateKey(deriveScalar(credentials));
    keysOf.set(credentials, key);
  }
  return key;
}

/**
 * NIST SP 800-108 in counter mode over HMAC-SHA256, tried with an external counter until a candidate is in range (the
 * chance that the first is not is one in 2^32).
 * @throws Error after 254 candidates
 */
function deriveScalar({ accessKeyId, secretAccessKey }: Credentials): Buffer {
  for (let attempt = 1; attempt <= 254; attempt++) {
    const candidate = createHmac('sha256', `AWS4A${secretAccessKey}`)
      .update(uint32(1))
      .update(LABEL)
      .update(Buffer.of(0))
      .update(accessKeyId)
      .update(Buffer.of(attempt))
      .update(uint32(KEY_BITS))
      .digest('hex');
    const scalar = BigInt(`0x${candidate}`);
    if (scalar <= LARGEST_CANDIDATE) return Buffer.from((scalar + 1n).toString(16).padStart(64, '0'), 'hex');
  }
  throw new Error('no SigV4A key can be derived from these credentials');
}

function privateKey(scalar: Buffer): KeyObject {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: scalar.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33, 65).toString('base64url'),
    },
  });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
