import { expect, it } from 'vitest';
import { OpenStreams, type StreamPlace } from '../../src/envoy/index.ts';
import { prng } from '../support/prng.ts';

it('knows those that came and did not go, whatever the order', () => {
  const streams = new OpenStreams({ most: 1000, keepsForVerdicts: true });
  const ended: number[] = [];
  const open = new Map<number, StreamPlace>();
  const random = prng(7);
  for (let id = 0; id < 500; id++) {
    open.set(id, streams.add({ endIfComplete: () => void ended.push(id) }));
    if (open.size > 0 && random.chance(0.6)) {
      const gone = [...open.keys()][random.int(open.size)] ?? 0;
      const place = open.get(gone);
      if (place) streams.remove(place);
      open.delete(gone);
    }
    expect(streams.size).toBe(open.size);
  }
  streams.drain();
  expect(ended.toSorted((a, b) => a - b)).toEqual([...open.keys()]);
});

it('ends streams that leave while it drains', () => {
  const streams = new OpenStreams({ most: 10, keepsForVerdicts: true });
  const ended: number[] = [];
  const places = [1, 2, 3].map((id) => {
    const place = streams.add({
      endIfComplete: () => {
        ended.push(id);
        streams.remove(place);
      },
    });
    return place;
  });
  expect(places).toHaveLength(3);
  streams.drain();
  expect(ended.toSorted()).toEqual([1, 2, 3]);
  expect(streams.size).toBe(0);
});

it('is full with as many as it may have', () => {
  const streams = new OpenStreams({ most: 2, keepsForVerdicts: false });
  const place = streams.add({ endIfComplete: () => undefined });
  expect(streams.isFull).toBe(false);
  streams.add({ endIfComplete: () => undefined });
  expect(streams.isFull).toBe(true);
  streams.remove(place);
  expect(streams.isFull).toBe(false);
});
