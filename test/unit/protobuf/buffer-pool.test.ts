import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../src/protobuf/buffer-pool.ts';

const KIB = 1024;

describe('a pool of buffers', () => {
  it.each([1, 64 * KIB, 66 * KIB, 1024 * KIB + 20, 5000 * KIB])('lends one of at least %i bytes', (bytes) => {
    expect(new BufferPool().take(bytes).length).toBeGreaterThanOrEqual(bytes);
  });

  it('lends again what was given back, whole or as a view', () => {
    const pool = new BufferPool();
    const [first, second] = [pool.take(100 * KIB), pool.take(100 * KIB)];
    expect(second.buffer).not.toBe(first.buffer);
    pool.give(first.subarray(10, 20));
    pool.give(second);
    expect([pool.take(90 * KIB).buffer, pool.take(110 * KIB).buffer]).toEqual([second.buffer, first.buffer]);
  });

  it('lends to one at a time what was given back twice', () => {
    const pool = new BufferPool();
    const buffer = pool.take(100 * KIB);
    pool.give(buffer);
    pool.give(buffer);
    expect(pool.take(100 * KIB).buffer).toBe(buffer.buffer);
    expect(pool.take(100 * KIB).buffer).not.toBe(buffer.buffer);
  });

  it('takes nothing that is not its own', () => {
    const pool = new BufferPool();
    const stranger = Buffer.allocUnsafeSlow(pool.take(100 * KIB).length);
    pool.give(stranger);
    expect(pool.take(100 * KIB).buffer).not.toBe(stranger.buffer);
  });

  it('keeps 16 MiB at most', () => {
    const pool = new BufferPool();
    const lent = Array.from({ length: 40 }, () => pool.take(1024 * KIB));
    for (const buffer of lent) pool.give(buffer);
    const known = new Set(lent.map(({ buffer }) => buffer));
    const again = Array.from({ length: 40 }, () => pool.take(1024 * KIB));
    expect(again.filter(({ buffer }) => known.has(buffer)).length).toBe(15);
  });
});
