import type { HeaderEntry } from '../types.ts';

/** The client's aws-chunked framing is broken. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** A chunk's first line holds a size and a signature, a trailer line a checksum or a signature. */
const LONGEST_LINE = 4 * 1024;
const MOST_TRAILERS = 32;
const LARGEST_CHUNK = 2 ** 40;

const CHUNK_LINE = /^([0-9A-Fa-f]{1,12})(?:;.*)?$/;
const TRAILER_LINE = /^([A-Za-z0-9-]+):(.*)$/;

const CR = 0x0d;
const LF = 0x0a;

type State = 'chunk line' | 'data' | 'data end' | 'trailers' | 'done';

/**
 * Takes a client's aws-chunked body apart as it comes: the data without its frames, then the trailers. Signatures of
 * chunks are dropped, as the client's keys are not known here; a checksum in a trailer goes on to AWS, which checks it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class AwsChunkedDecoder {
  #state: State = 'chunk line';
  #line: Buffer[] = [];
  #lineLength = 0;
  #left = 0;
  readonly #trailers: HeaderEntry[] = [];

  /**
   * The data in the next part of the body, in slices of it.
   * @throws FramingError
   */
  push(part: Buffer): Buffer[] {
    const data: Buffer[] = [];
    let at = 0;
    while (at < part.length) {
      if (this.#state === 'data') {
        const slice = part.subarray(at, at + this.#left);
        data.push(slice);
        at += slice.length;
        this.#left -= slice.length;
        if (this.#left === 0) this.#state = 'data end';
      } else {
        at = this.#readLine(part, at);
      }
    }
    return data;
  }

  /**
   * To be called behind the last part.
   * @returns the trailers, names in lower case
   * @throws FramingError if the body broke off
   */
  end(): readonly HeaderEntry[] {
    // Some clients leave out the empty line behind the last trailer.
    if (this.#state !== 'done' && !(this.#state === 'trailers' && this.#lineLength === 0)) {
      throw new FramingError('the aws-chunked body ends in the middle of a chunk');
    }
    return this.#trailers.filter(([name]) => name !== 'x-amz-trailer-signature');
  }

  #readLine(part: Buffer, from: number): number {
    const newline = part.indexOf(LF, from);
    const to = newline < 0 ? part.length : newline;
    const piece = part.subarray(from, to);
    this.#lineLength += piece.length;
    if (this.#lineLength > LONGEST_LINE) throw new FramingError('a line of the aws-chunked body is too long');
    this.#line.push(newline < 0 ? Buffer.from(piece) : piece);
    if (newline < 0) return part.length;
    this.#onLine(this.#takeLine());
    return newline + 1;
  }

  #takeLine(): string {
    const line = this.#line.length === 1 && this.#line[0] ? this.#line[0] : Buffer.concat(this.#line);
    this.#line = [];
    this.#lineLength = 0;
    const end = line.at(-1) === CR ? line.length - 1 : line.length;
    return line.toString('latin1', 0, end);
  }

  #onLine(line: string): void {
    switch (this.#state) {
      case 'chunk line': {
        const size = Number.parseInt(CHUNK_LINE.exec(line)?.[1] ?? '', 16);
        if (!(size <= LARGEST_CHUNK)) throw new FramingError('a chunk of the aws-chunked body has no size');
        this.#left = size;
        this.#state = size === 0 ? 'trailers' : 'data';
        return;
      }
      case 'data end':
        if (line !== '') throw new FramingError('a chunk of the aws-chunked body is longer than it says');
        this.#state = 'chunk line';
        return;
      case 'trailers': {
        if (line === '') {
          this.#state = 'done';
          return;
        }
        const [, name = '', value = ''] = TRAILER_LINE.exec(line) ?? [];
        if (name === '' || this.#trailers.length >= MOST_TRAILERS)
          throw new FramingError('a trailer of the aws-chunked body cannot be read');
        this.#trailers.push([name.toLowerCase(), value.trim()]);
        return;
      }
      default:
        if (line !== '') throw new FramingError('something follows the end of the aws-chunked body');
    }
  }
}
