import type { FrameWriter } from './frame-writer.ts';
import type { ServerStream } from './server-stream.ts';
import { INITIAL_WINDOW_BYTES, LARGEST_WINDOW_BYTES, type PeerSettings } from './settings.ts';

/** From where on the socket is given no more data: the rest waits at its stream, where a reset drops it. */
const MOST_BACKLOG_BYTES = 256 * 1024;

/** What all streams of a connection may send together, and the streams that wait for more of it. */
export class SendWindow {
  readonly #writer: FrameWriter;
  readonly #settings: PeerSettings;
  #left = INITIAL_WINDOW_BYTES;
  /** Each once, whose turn is next first. */
  readonly #waiting: ServerStream[] = [];

  constructor(writer: FrameWriter, settings: PeerSettings) {
    this.#writer = writer;
    this.#settings = settings;
  }

  /** How much of so many bytes may be sent in one frame now, which counts as sent. */
  claim(bytes: number): number {
    if (this.#writer.backlog > MOST_BACKLOG_BYTES) return 0;
    const claimed = Math.min(bytes, this.#left, this.#settings.mostFrameBytes);
    if (claimed > 0) this.#left -= claimed;
    return claimed;
  }

  await(stream: ServerStream): void {
    if (stream.isWaiting) return;
    stream.isWaiting = true;
    this.#waiting.push(stream);
  }

  /** To be called with one that is closed. */
  forget(stream: ServerStream): void {
    if (!stream.isWaiting) return;
    const index = this.#waiting.indexOf(stream);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** @returns whether the window is one that can be */
  widen(bytes: number): boolean {
    this.#left += bytes;
    return this.#left <= LARGEST_WINDOW_BYTES;
  }

  /** Has the streams go on that wait, each in its turn, as long as there is anything to be had. */
  pump(): void {
    for (let turns = this.#waiting.length; turns > 0 && this.#isOpen; turns--) {
      const stream = this.#waiting.shift();
      if (stream === undefined) return;
      stream.isWaiting = false;
      stream.pump();
    }
  }

  get #isOpen(): boolean {
    return this.#left > 0 && this.#writer.backlog <= MOST_BACKLOG_BYTES;
  }
}
