import { describe, expect, it } from 'vitest';
import { cleanSessionName } from '../../../src/config/session-name.ts';

const STS_TAKES = /^[\w+=,.@-]{2,64}$/;

describe('cleanSessionName', () => {
  it.each(['ab', 'alice@example.test', 'A_b+c=d,e.f-g', 'x'.repeat(64)])('leaves %s as it is', (name) => {
    expect(cleanSessionName(name)).toBe(name);
  });

  it.each(['', 'a', 'a b', 'path/role', 'ünï', '☃', 'x'.repeat(65), 'a\nb', '/'])('makes %j fit', (name) => {
    const cleaned = cleanSessionName(name);
    expect(cleaned).toMatch(STS_TAKES);
    expect(cleaned).toMatch(/-[0-9a-f]{8}$/);
  });

  it('never makes one name of two', () => {
    const originals = ['a b', 'a/b', 'a-b', 'a\tb', 'x'.repeat(65), 'x'.repeat(66), 'ä', 'ö'];
    expect(new Set(originals.map(cleanSessionName)).size).toBe(originals.length);
  });
});
