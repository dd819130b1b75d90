import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { HmacSha256 } from '../../../src/signing/hmac-sha256.ts';

const KEYS = [0, 1, 31, 32, 63, 64, 65, 200].map((length) => randomBytes(length));
const LENGTHS = [0, 1, 55, 56, 63, 64, 150, 4096, 4097, 70_000];

it('is the HMAC of the crypto library, for keys and texts of every length', () => {
  for (const key of KEYS) {
    const hmac = new HmacSha256(key);
    for (const length of LENGTHS) {
      const text = randomBytes(length).toString('latin1');
      const expected = createHmac('sha256', key).update(text, 'latin1').digest();
      expect(hmac.hex(text), `key of ${key.length}, text of ${length}`).toBe(expected.toString('hex'));
      expect(hmac.digest(text).equals(expected)).toBe(true);
    }
  }
});

it('keeps keys apart that are used by turns', () => {
  const [a, b] = [new HmacSha256(Buffer.from('a')), new HmacSha256(Buffer.from('b'))];
  const first = a.hex('text');
  expect(b.hex('text')).not.toBe(first);
  expect(a.hex('text')).toBe(first);
});
