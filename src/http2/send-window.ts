import type { FrameWriter } from './frame-writer.ts';
import type { ServerStream } from './server-stream.ts';
import { INITIAL_WINDOW_BYTES, LARGEST_WINDOW_BYTES, type PeerSettings } from './settings.ts';

/** From where on the socket is given no more data: the rest waits at its stream, where a reset drops it. */
const MOST_BACKLOG_BYTES = 256 * 1024;

/** What all streams of a connection may send together, and the streams that wait for more. */
export class SendWindow {
  readonly #writer: FrameWriter;
  readonly #settings: PeerSettings;
  #left = INITIAL_WINDOW_BYTES;
  #waiting: ServerStream[] = [];

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
    this.#waiting.push(stream);
  }

  /** @returns whether the window is one that can be */
  widen(bytes: number): boolean {
    this.#left += bytes;
    return this.#left <= LARGEST_WINDOW_BYTES;
  }

  /** Has the streams go on that wait; who was first is last the next time. */
  pump(): void {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return;
    this.#waiting = [];
    first.pump();
    const [again] = this.#waiting;
    this.#waiting = [];
    for (const stream of others) stream.pump();
    if (again) this.#waiting.push(again);
  }
}
