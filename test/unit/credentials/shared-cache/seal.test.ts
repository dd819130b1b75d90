import { createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DerivedKey } from '../../../../src/credentials/shared-cache/derived-key.ts';
import { decodeEntry, encodeEntry } from '../../../../src/credentials/shared-cache/entry.ts';
import { seal, unseal } from '../../../../src/credentials/shared-cache/seal.ts';

const secret = randomBytes(32);
const key = new DerivedKey({ id: '00000001', secret });
const plain = Buffer.from('credentials');

describe('a sealed value', () => {
  it('opens under its own cache key, and looks different each time', () => {
    const [one, two] = [seal(key, 'alice', plain), seal(key, 'alice', plain)];
    expect(unseal(key, 'alice', one)).toEqual(plain);
    expect(unseal(key, 'alice', two)).toEqual(plain);
    expect(one.subarray(1, 13)).not.toEqual(two.subarray(1, 13));
    expect(one.subarray(29)).not.toEqual(two.subarray(29));
  });

  it('is of the format that its version stands for: replicas of two releases share a server', () => {
    const derived = (use: string) =>
      Buffer.from(hkdfSync('sha256', secret, '', `sigv4-extproc shared cache v1 ${use}`, 32));
    const sealed = seal(key, 'alice', plain);
    const entryKey = createHmac('sha256', derived('entries')).update('alice').digest();
    const decipher = createDecipheriv('aes-256-gcm', entryKey, sealed.subarray(1, 13));
    decipher.setAAD(Buffer.from('[1,"00000001","alice"]'));
    decipher.setAuthTag(sealed.subarray(13, 29));
    expect(Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()])).toEqual(plain);
    expect(sealed[0]).toBe(1);
    const name = createHmac('sha256', derived('names')).update('alice').digest('base64url');
    expect(key.nameOf('alice')).toBe(`sigv4:{${name}}`);
  });

  it('does not open under another cache key', () => {
    expect(unseal(key, 'bob', seal(key, 'alice', plain))).toBeUndefined();
  });

  it('does not open with another key, nor with the same secret under another id', () => {
    const sealed = seal(key, 'alice', plain);
    expect(unseal(new DerivedKey({ id: '00000001', secret: randomBytes(32) }), 'alice', sealed)).toBeUndefined();
    expect(unseal(new DerivedKey({ id: '00000002', secret }), 'alice', sealed)).toBeUndefined();
  });

  it('does not open with any one byte changed, the version included, nor cut short, nor made longer', () => {
    const sealed = seal(key, 'alice', plain);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(unseal(key, 'alice', changed), `byte ${index}`).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(unseal(key, 'alice', sealed.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
    expect(unseal(key, 'alice', Buffer.concat([sealed, Buffer.of(0)]))).toBeUndefined();
  });
});

describe('a derived key', () => {
  it('names an entry the same everywhere, and tells nothing of it', () => {
    const name = key.nameOf('arn:aws:iam::123456789012:role/orders');
    expect(name).toBe(new DerivedKey({ id: 'other', secret }).nameOf('arn:aws:iam::123456789012:role/orders'));
    expect(name).toMatch(/^sigv4:\{[\w-]{43}\}$/);
    expect(name).not.toBe(key.nameOf('arn:aws:iam::123456789012:role/order'));
    expect(name).not.toBe(
      new DerivedKey({ id: '00000001', secret: randomBytes(32) }).nameOf('arn:aws:iam::123456789012:role/orders'),
    );
  });

  it.each([0, 16, 31, 33])('is made of 32 bytes, not of %i', (length) => {
    expect(() => new DerivedKey({ id: '00000001', secret: randomBytes(length) })).toThrow(RangeError);
  });
});

describe('an entry', () => {
  const credentials = { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token', expiresAt: 1_000 };

  it.each([[5_000], [Number.POSITIVE_INFINITY]])('comes back as it went, to be kept until %d', (keepUntil) => {
    expect(decodeEntry(encodeEntry({ credentials, keepUntil }))).toEqual({ credentials, keepUntil });
    const { sessionToken: _, ...keys } = credentials;
    expect(decodeEntry(encodeEntry({ credentials: keys, keepUntil }))).toEqual({ credentials: keys, keepUntil });
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"accessKeyId":"a","secretAccessKey":"b","expiresAt":"1","keepUntil":null}',
    '{"accessKeyId":"a","secretAccessKey":"b","keepUntil":null}',
    '{"accessKeyId":"","secretAccessKey":"b","expiresAt":1,"keepUntil":null}',
    '{"accessKeyId":"a","secretAccessKey":"b","expiresAt":1,"keepUntil":null,"more":1}',
  ])('is not made of %j', (text) => {
    expect(decodeEntry(Buffer.from(text))).toBeUndefined();
  });
});
