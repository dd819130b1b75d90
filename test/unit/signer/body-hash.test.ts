import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { bodyHash } from '../../../src/signer/body-hash.ts';

it.each([0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])(
  'is the lower-case hex SHA-256 of a body of %i bytes',
  async (length) => {
    const body = randomBytes(length);
    expect(await bodyHash(body)).toBe(createHash('sha256').update(body).digest('hex'));
  },
);

it('leaves a large body to another thread, and that alone', () => {
  expect(bodyHash(Buffer.alloc(1024 * 1024))).toBeInstanceOf(Promise);
  expect(bodyHash(Buffer.alloc(64 * 1024))).toBeTypeOf('string');
});
