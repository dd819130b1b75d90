import { describe, expect, it } from 'vitest';
import type { ServerStream } from '../../../src/http2/index.ts';
import { StreamTable } from '../../../src/http2/stream-table.ts';
import { prng } from '../../support/prng.ts';

const stream = (id: number) => ({ id, next: undefined }) as unknown as ServerStream;

/** How many streams are behind each other in the fullest bucket. */
function longest(table: StreamTable): number {
  const lengths = table.all().map((each) => {
    let length = 0;
    for (let at: ServerStream | undefined = each; at; at = at.next) length++;
    return length;
  });
  return Math.max(...lengths);
}

describe('the table of streams', () => {
  it('knows those that were added and not deleted, whatever the order', () => {
    const random = prng(11);
    const table = new StreamTable();
    const expected = new Map<number, ServerStream>();
    for (let step = 0; step < 5_000; step++) {
      // Few ids, so that buckets are shared and ids come again.
      const id = 1 + 2 * random.int(64) + 2 ** 21 * random.int(8);
      const known = expected.get(id);
      expect(table.get(id)).toBe(known);
      if (known === undefined) {
        const added = stream(id);
        expected.set(id, added);
        table.add(added);
      } else {
        expected.delete(id);
        table.delete(known);
        table.delete(known);
      }
      expect(table.size).toBe(expected.size);
    }
    expect(new Set(table.all())).toEqual(new Set(expected.values()));
  });

  it('deletes from the beginning, the middle and the end of a bucket', () => {
    for (const gone of [0, 1, 2]) {
      const table = new StreamTable();
      const streams = Array.from({ length: 3 }, () => stream(1));
      for (const each of streams) table.add(each);
      table.delete(streams[gone] as ServerStream);
      expect(new Set(table.all())).toEqual(new Set(streams.filter((_, index) => index !== gone)));
    }
  });

  it.each([2, 2 ** 11, 2 ** 11 + 2, 2 ** 19])('ids that are %i apart are spread over its buckets', (step) => {
    const table = new StreamTable();
    for (let id = 1; id < 2 ** 31 && table.size < 4096; id += step) table.add(stream(id));
    expect(longest(table)).toBeLessThan(40);
  });

  it('ids in a row have a bucket each', () => {
    const table = new StreamTable();
    for (let id = 1; id < 2048; id += 2) table.add(stream(id));
    expect(longest(table)).toBe(1);
  });
});
