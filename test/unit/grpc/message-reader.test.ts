import { expect, it } from 'vitest';
import { MessageReader } from '../../../src/grpc/message-reader.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { lengthPrefixed } from '../../support/length-prefixed.ts';
import { fuzzSeed, prng } from '../../support/prng.ts';

it('finds the same messages however their bytes are cut', () => {
  const seed = fuzzSeed();
  const random = prng(seed);
  for (let round = 0; round < 100; round++) {
    const messages = Array.from({ length: 8 }, (_, nth) => Buffer.alloc(random.pick([0, 1, 4, 100, 70_000]), nth));
    const bytes = Buffer.concat(messages.map((message) => lengthPrefixed(message)));
    const reader = new MessageReader(100_000);
    const found: Buffer[] = [];
    const largest = random.pick([1, 7, 300, 100_000]);
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.int(largest);
      const chunk = Buffer.from(bytes.subarray(at, end));
      reader.feed(chunk);
      for (let message = reader.next(); message; message = reader.next()) found.push(Buffer.from(message));
      chunk.fill(0xee);
      at = end;
    }
    expect(Buffer.concat(found).equals(Buffer.concat(messages)), `seed ${seed}`).toBe(true);
    expect(found.length).toBe(messages.length);
    expect(reader.isBetweenMessages).toBe(true);
  }
});

it.each([
  ['whole', lengthPrefixed(Buffer.alloc(10)), true],
  ['cut in its prefix', Buffer.from([0, 0]), false],
  ['cut', lengthPrefixed(Buffer.alloc(10), 20), false],
])('keeps nothing of a chunk whose message is %s', async (_, bytes, isWhole) => {
  const reader = new MessageReader(100_000);
  const read = () => {
    while (reader.next() !== undefined);
  };
  expect(await isChunkKept(reader, bytes, read)).toBe(false);
  expect(reader.isBetweenMessages).toBe(isWhole);
});

it('keeps nothing of a chunk while its only message is dealt with', async () => {
  const reader = new MessageReader(100_000);
  const read = () => expect(reader.next()).toHaveLength(10);
  expect(await isChunkKept(reader, lengthPrefixed(Buffer.alloc(10)), read)).toBe(false);
});

it('keeps nothing of a chunk that ends a message of another, while that is dealt with', async () => {
  const reader = new MessageReader(100_000);
  const bytes = lengthPrefixed(Buffer.alloc(10));
  reader.feed(bytes.subarray(0, 8));
  expect(reader.next()).toBeUndefined();
  const read = () => expect(reader.next()).toHaveLength(10);
  expect(await isChunkKept(reader, bytes.subarray(8), read)).toBe(false);
});

/** Whether a chunk outlives the collection behind its being read. */
async function isChunkKept(reader: MessageReader, bytes: Buffer, read: () => void): Promise<boolean> {
  const feed = () => {
    const chunk = Buffer.from(new Uint8Array(bytes).buffer);
    reader.feed(chunk);
    read();
    return new WeakRef(chunk.buffer);
  };
  const chunk = feed();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return chunk.deref() !== undefined;
}
