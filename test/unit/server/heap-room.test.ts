import { expect, it } from 'vitest';
import { flagsFor } from '../../../src/server/heap-room.ts';

const MIB = 1024 * 1024;

it.each([
  [10, 100, false],
  [64, 100, false],
  [80, 80, false],
  [128, 50, true],
  [320, 20, true],
  [640, 10, true],
  [4000, 10, true],
])('a heap of %i MiB may grow by %i %%; it is compacted: %s', (mebibytes, percent, compact) => {
  expect(flagsFor(mebibytes * MIB)).toEqual([
    `--heap-growing-percent=${percent}`,
    compact ? '--optimize-for-size' : '--no-optimize-for-size',
  ]);
});
