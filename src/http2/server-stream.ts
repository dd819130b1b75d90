import { ErrorCode } from './codes.ts';
import type { OnWritten } from './frame-writer.ts';
import { HeldData } from './held-data.ts';
import { ReceiveWindow } from './receive-window.ts';
import { SendQueue } from './send-queue.ts';
import { INITIAL_WINDOW_BYTES, LARGEST_WINDOW_BYTES } from './settings.ts';
import type { StreamHandler } from './stream-handler.ts';
import type { StreamHost } from './stream-host.ts';

/** Of a stream whose data is read as it comes; until some was, the peer may send no more than it may unasked. */
const WIDE_WINDOW_BYTES = 512 * 1024;

/** One request and its answer, seen from the side that answers. */
export class ServerStream {
  readonly id: number;
  /** In its bucket of the table of streams. */
  next: ServerStream | undefined;
  /** Among those that wait for the connection's window. */
  isWaiting = false;
  readonly #host: StreamHost;
  readonly #received = new ReceiveWindow(INITIAL_WINDOW_BYTES);
  #handler: StreamHandler | undefined;
  #sendWindow: number;
  /** What of an announced body is still to come. */
  #announced: number | undefined;
  #isPeerDone = false;
  #isClosed = false;
  #isPaused = false;
  #hasSentHeaders = false;
  #hasEnded = false;
  /** What comes while it is paused, and behind that until all of it is handed over. */
  #held: HeldData | undefined;
  /** What the windows do not let through yet, if anything is to be sent. */
  #queue: SendQueue | undefined;

  constructor(id: number, host: StreamHost, sendWindow: number, announcedBytes: number | undefined) {
    this.id = id;
    this.#host = host;
    this.#sendWindow = sendWindow;
    this.#announced = announcedBytes;
  }

  /** Who is told of what comes; nothing is before there is one. */
  set handler(handler: StreamHandler) {
    this.#handler = handler;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get hasSentHeaders(): boolean {
    return this.#hasSentHeaders;
  }

  /** Whether data waits to be sent, as the peer or the network is slow: who sends more has it pile up. */
  get needsDrain(): boolean {
    return this.#queue !== undefined;
  }

  /** Hands over nothing until `resume`; the peer may send no more than the window holds. */
  pause(): void {
    this.#isPaused = true;
    this.#held ??= new HeldData();
  }

  resume(): void {
    this.#isPaused = false;
    const held = this.#held;
    if (held === undefined) return;
    while (!this.#isPaused && !this.#isClosed) {
      const data = held.next();
      if (data === undefined) break;
      this.#read(data);
    }
    if (this.#isPaused || this.#isClosed) return;
    this.#held = undefined;
    if (!held.hasEnd) return;
    held.hasEnd = false;
    this.#tell('onEnd');
  }

  /** @param block of headers, encoded */
  sendHeaders(block: Buffer): void {
    if (this.#isClosed || this.#hasSentHeaders) return;
    this.#hasSentHeaders = true;
    this.#host.writer.headers(this.id, block, false);
  }

  /**
   * Sends data behind the headers. What the peer does not take yet is kept.
   * @param onWritten told without an error once the payload may be written over
   */
  sendData(payload: Buffer, onWritten?: OnWritten): void {
    if (this.#isClosed || this.#hasEnded) return;
    if (this.#queue !== undefined) {
      this.#queue.add(payload, 0, onWritten);
      return;
    }
    const sent = this.#send(payload, 0, onWritten);
    if (sent === payload.length) return;
    this.#queue = new SendQueue();
    this.#queue.add(payload, sent, onWritten);
    this.#await();
  }

  /** Ends the answer, with headers alone where none were sent. @param block encoded */
  sendTrailers(block: Buffer): void {
    if (this.#isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#queue === undefined) this.#end(block);
    else this.#queue.trailers = block;
  }

  /** Breaks it off. */
  reset(code: ErrorCode): void {
    if (this.#isClosed) return;
    this.#host.writer.reset(this.id, code);
    this.#close(code !== ErrorCode.NO_ERROR, true);
  }

  /** Sends what waits, as far as the windows allow. To be called by the connection when either of them is wider. */
  pump(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    for (let first = queue.first; first !== undefined; first = queue.first) {
      first.sent = this.#send(first.payload, first.sent, first.onWritten);
      if (first.sent < first.payload.length) {
        this.#await();
        return;
      }
      queue.shift();
    }
    this.#queue = undefined;
    if (queue.trailers) this.#end(queue.trailers);
    else this.#tell('onDrain');
  }

  /** The peer may be sent more, or less. @returns whether the window is one that can be */
  widen(bytes: number): boolean {
    this.#sendWindow += bytes;
    return this.#sendWindow <= LARGEST_WINDOW_BYTES;
  }

  /** @param windowBytes what counts against the window, padding included @returns whether the peer was allowed to */
  receive(data: Buffer, windowBytes: number, isLast: boolean): boolean {
    if (!this.#received.take(windowBytes)) return false;
    // Known ahead of the data: who is answered by its last bytes needs no more window, nor a reset.
    if (isLast) this.#isPeerDone = true;
    // Padding is read as it comes.
    if (windowBytes > data.length) this.#credit(windowBytes - data.length);
    if (this.#announced !== undefined) this.#announced -= data.length;
    if (data.length > 0) {
      if (this.#held === undefined) this.#read(data);
      else this.#held.add(data);
    }
    if (isLast) this.peerEnded();
    return true;
  }

  peerEnded(): void {
    this.#isPeerDone = true;
    if (this.#isClosed) return;
    // RFC 9113 §8.1.1.
    if (this.#announced !== undefined && this.#announced !== 0) this.#host.refuse(this.id, ErrorCode.PROTOCOL_ERROR);
    else if (this.#held === undefined) this.#tell('onEnd');
    else this.#held.hasEnd = true;
  }

  get isPeerDone(): boolean {
    return this.#isPeerDone;
  }

  /** The peer has broken it off, or is gone. */
  peerReset(code: number): void {
    this.#close(code !== ErrorCode.NO_ERROR, false);
  }

  #read(data: Buffer): void {
    this.#credit(data.length);
    try {
      this.#handler?.onData(data);
    } catch (error) {
      this.#fail(error);
    }
  }

  #tell(what: 'onEnd' | 'onDrain'): void {
    try {
      this.#handler?.[what]();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Lets an error of the handler's go no further: who called may be a timer, the socket, or another stream's work. */
  #fail(error: unknown): void {
    this.#host.onDefect(error);
    this.reset(ErrorCode.INTERNAL_ERROR);
  }

  #credit(bytes: number): void {
    const increment = this.#received.give(bytes, WIDE_WINDOW_BYTES);
    if (increment > 0 && !this.#isPeerDone) this.#host.writer.windowUpdate(this.id, increment);
  }

  /** Sends what the windows let through. @param sent how many bytes are already @returns how many then are */
  #send(payload: Buffer, sent: number, onWritten: OnWritten | undefined): number {
    let at = sent;
    while (at < payload.length) {
      const bytes = this.#host.claim(Math.min(payload.length - at, this.#sendWindow));
      if (bytes <= 0) break;
      this.#sendWindow -= bytes;
      const part = bytes === payload.length ? payload : payload.subarray(at, at + bytes);
      at += bytes;
      this.#host.writer.data(this.id, part, at === payload.length ? onWritten : undefined);
    }
    return at;
  }

  /** One that is held up by its own window has no use for the connection's. */
  #await(): void {
    if (this.#sendWindow > 0) this.#host.await(this);
  }

  #end(block: Buffer): void {
    const { writer } = this.#host;
    this.#hasSentHeaders = true;
    writer.headers(this.id, block, true);
    // One that has more to send is told that nobody will read it.
    if (!this.#isPeerDone) writer.reset(this.id, ErrorCode.NO_ERROR);
    this.#close(false, !this.#isPeerDone);
  }

  #close(wasReset: boolean, isPeerOpen: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue?.drop();
    this.#queue = undefined;
    this.#held = undefined;
    this.#host.forget(this, isPeerOpen);
    try {
      this.#handler?.onClose(wasReset);
    } catch (error) {
      this.#fail(error);
    }
  }
}
