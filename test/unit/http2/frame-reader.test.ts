import { expect, it } from 'vitest';
import { FrameReader } from '../../../src/http2/frame-reader.ts';
import { type Frame, frame, framesOf } from '../../support/http2-frames.ts';
import { fuzzSeed, prng } from '../../support/prng.ts';

function reading() {
  const frames: Frame[] = [];
  const reader = new FrameReader((type, flags, streamId, payload) => {
    frames.push({ type, flags, streamId, payload: Buffer.from(payload) });
  });
  return { frames, reader };
}

it('finds the same frames however their bytes are cut', () => {
  const seed = fuzzSeed();
  const random = prng(seed);
  for (let round = 0; round < 200; round++) {
    const lengths = [0, 0, 1, 4, 8, random.int(100), random.int(4_000), random.pick([16_383, 16_384])];
    const bytes = Buffer.concat(
      random.shuffle(lengths).map((length) => {
        const payload = Buffer.from(Array.from({ length }, () => random.int(256)));
        return frame(random.int(256), random.int(256), random.int(2 ** 31), payload);
      }),
    );
    const { frames, reader } = reading();
    const largest = random.pick([1, 3, 20, 5_000, 40_000]);
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.int(largest);
      // Memory of its own, which is written over: nothing may be read of it later.
      const chunk = Buffer.from(bytes.subarray(at, end));
      reader.feed(chunk);
      chunk.fill(0xee);
      at = end;
    }
    expect(frames, `seed ${seed}`).toEqual(framesOf(bytes));
  }
});

it('leaves out the bit of a stream’s id that is reserved', () => {
  const { frames, reader } = reading();
  reader.feed(frame(0, 0, 0x80000005));
  expect(frames[0]?.streamId).toBe(5);
});

it.each([9, 12, 3])('refuses a frame that is too long as soon as its header is there, cut at %i', (cut) => {
  const { frames, reader } = reading();
  const bytes = Buffer.concat([Buffer.from([0, 0x40, 1]), frame(0, 0, 1, [1, 2, 3]).subarray(3)]);
  const feed = () => {
    reader.feed(bytes.subarray(0, cut));
    reader.feed(bytes.subarray(cut));
  };
  expect(feed).toThrow(expect.objectContaining({ code: 6 }));
  expect(frames).toEqual([]);
});

it('gives no more where it is stopped, not of the same chunk either', () => {
  const types: number[] = [];
  const reader = new FrameReader((type) => {
    types.push(type);
    if (type === 2) reader.stop();
  });
  reader.feed(Buffer.concat([1, 2, 3].map((type) => frame(type, 0, 1))));
  reader.feed(frame(4, 0, 1));
  expect(types).toEqual([1, 2]);
});

it('stops when its time is over, behind one frame at least, and gives back what is left', () => {
  const { frames, reader } = reading();
  const [first, second] = [frame(1, 0, 1, [1]), frame(2, 0, 1, [2, 3])];
  const rest = reader.feed(Buffer.concat([first, second]), 0);
  expect(frames.map(({ type }) => type)).toEqual([1]);
  expect(rest).toEqual(second);
  expect(reader.feed(rest ?? Buffer.alloc(0), 0)).toBeUndefined();
  expect(frames.map(({ type }) => type)).toEqual([1, 2]);
});
