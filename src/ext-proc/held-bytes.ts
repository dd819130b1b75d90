import { RequestError } from '../errors/index.ts';

/** What all requests together hold of bodies that are kept until their end. */
export class HeldBytes {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there is room for so many bytes more; they then count until they are given back. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Of a body that says that it is shorter: the data, and the frames that a client may have put around it. */
const MOST_OF_ONE_BODY = 16 * 1024 * 1024;

/** The body of one request, kept until its end. */
export class HeldBody {
  readonly #all: HeldBytes;
  readonly #parts: Buffer[] = [];
  #size = 0;

  constructor(all: HeldBytes) {
    this.#all = all;
  }

  /** @throws RequestError SIGV4_AWS_CHUNKED_BODY, SIGV4_OVERLOADED */
  add(part: Buffer): void {
    if (this.#size + part.length > MOST_OF_ONE_BODY) {
      throw new RequestError('SIGV4_AWS_CHUNKED_BODY', 'the body is longer than it says');
    }
    if (!this.#all.take(part.length)) {
      throw new RequestError('SIGV4_OVERLOADED', 'more bodies are held at present than there is room for');
    }
    this.#size += part.length;
    this.#parts.push(Buffer.from(part));
  }

  /** All of it, which is no longer held then. */
  whole(): Buffer {
    const body = Buffer.concat(this.#parts);
    this.letGo();
    return body;
  }

  letGo(): void {
    this.#all.giveBack(this.#size);
    this.#size = 0;
    this.#parts.length = 0;
  }
}
