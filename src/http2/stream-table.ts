import { randomFillSync } from 'node:crypto';
import type { ServerStream } from './server-stream.ts';

const BUCKETS = 1024;
/** By the higher bits of an id. */
const [ROW, ROWS] = [secretNumbers(), secretNumbers()];

/**
 * The open streams of a connection by their ids. Buckets that stay, and no Map: each table that a Map outgrows points to
 * the next one, and V8's minor collections keep alive what an old one holds.
 */
export class StreamTable {
  readonly #buckets: (ServerStream | undefined)[] = new Array(BUCKETS).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): ServerStream | undefined {
    let stream = this.#buckets[bucketOf(id)];
    while (stream !== undefined && stream.id !== id) stream = stream.next;
    return stream;
  }

  add(stream: ServerStream): void {
    const bucket = bucketOf(stream.id);
    stream.next = this.#buckets[bucket];
    this.#buckets[bucket] = stream;
    this.#size++;
  }

  delete(stream: ServerStream): void {
    const bucket = bucketOf(stream.id);
    let before: ServerStream | undefined;
    let each = this.#buckets[bucket];
    while (each !== undefined && each !== stream) {
      before = each;
      each = each.next;
    }
    if (each === undefined) return;
    if (before === undefined) this.#buckets[bucket] = stream.next;
    else before.next = stream.next;
    stream.next = undefined;
    this.#size--;
  }

  /** In no order. What is added or deleted meanwhile does no harm. */
  all(): ServerStream[] {
    const streams: ServerStream[] = [];
    for (const first of this.#buckets) for (let each = first; each; each = each.next) streams.push(each);
    return streams;
  }
}

/**
 * Of a client's streams the ids are odd, and most often in a row: those of one row have a bucket each. Where rows begin
 * nobody can know, so that nobody can have all streams in one bucket.
 */
function bucketOf(id: number): number {
  return ((id >>> 1) ^ (ROW[(id >>> 11) % BUCKETS] ?? 0) ^ (ROWS[id >>> 21] ?? 0)) % BUCKETS;
}

function secretNumbers(): Uint16Array {
  return randomFillSync(new Uint16Array(BUCKETS));
}
