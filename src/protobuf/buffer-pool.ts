const SMALLEST = 64 * 1024;
const LARGEST = 4 * 1024 * 1024;
/** Beside a body of a round size there are the names of its fields. */
const ALLOWANCE = 1024;
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Buffers for large messages, used again: V8 counts what lies outside of its heap as well, and buffers of a megabyte,
 * each used once, have it mark the whole heap every few messages.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>();
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #freeBytes = 0;

  /** A buffer of at least so many bytes; what is in it is left of others. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    let buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) buffer = Buffer.allocUnsafeSlow(size);
    else this.#freeBytes -= size;
    this.#lent.add(buffer.buffer);
    return buffer;
  }

  /**
   * Takes back the buffer that this is, or is a view of; nobody may look at it any more. One that is not lent, such as
   * one that was given back before, is left alone.
   */
  give({ buffer }: Buffer): void {
    if (!this.#lent.delete(buffer)) return;
    const size = buffer.byteLength;
    if (size > LARGEST + ALLOWANCE || this.#freeBytes + size > KEPT_BYTES) return;
    this.#freeBytes += size;
    const kept = this.#free.get(size);
    if (kept) kept.push(Buffer.from(buffer));
    else this.#free.set(size, [Buffer.from(buffer)]);
  }
}

/** Of the whole process, as messages that come in leave by another way. */
export const buffers = new BufferPool();

function sizeFor(bytes: number): number {
  if (bytes > LARGEST + ALLOWANCE) return bytes;
  let size = SMALLEST;
  while (size + ALLOWANCE < bytes) size *= 2;
  return size + ALLOWANCE;
}
