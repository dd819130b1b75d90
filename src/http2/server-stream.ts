import { ErrorCode } from './codes.ts';
import type { FrameWriter, OnWritten } from './frame-writer.ts';
import { ReceiveWindow } from './receive-window.ts';
import { INITIAL_WINDOW_BYTES, LARGEST_WINDOW_BYTES } from './settings.ts';

/** Of a stream whose data is read as it comes; until some was, the peer may send no more than it may unasked. */
const WIDE_WINDOW_BYTES = 512 * 1024;

/** Parts that are held are joined up to that size: each costs some hundred bytes besides what is in it. */
const CRUMB_BYTES = 4 * 1024;

/** What takes what comes on a stream. */
export interface StreamHandler {
  /** @param bytes a view of memory that nothing else is written to */
  onData(bytes: Buffer): void;
  /** The peer has sent all that it wanted to. */
  onEnd(): void;
  /** What could not be sent at once is on its way. */
  onDrain(): void;
  /** The stream is over. @param wasReset by either side, or because the connection is no more */
  onClose(wasReset: boolean): void;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly writer: FrameWriter;
  /** How much of so many bytes may be sent now, which counts as sent. */
  claim(bytes: number): number;
  /** Has `pump` called when the connection may send more. */
  await(stream: ServerStream): void;
  /**
   * Resets a stream for what its peer did, which counts as a reset of the peer's.
   * @throws ConnectionError ENHANCE_YOUR_CALM
   */
  refuse(streamId: number, code: ErrorCode): void;
  /** @param isPeerOpen whether the peer may not know yet that the stream is over */
  forget(stream: ServerStream, isPeerOpen: boolean): void;
}

interface Outgoing {
  payload: Buffer;
  /** How much of it is sent. */
  at: number;
  onWritten: OnWritten | undefined;
}

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
  /** Data that came while it was paused, and whether its end did. */
  #held: Buffer[] | undefined;
  #holdsEnd = false;
  #outgoing: Outgoing[] | undefined;
  #trailers: Buffer | undefined;

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
    return this.#outgoing !== undefined;
  }

  /** Hands over nothing until `resume`; the peer may send no more than the window holds. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const held = this.#held ?? [];
    while (held.length > 0 && !this.#isPaused && !this.#isClosed) this.#read(held.shift() as Buffer);
    if (held.length === 0) this.#held = undefined;
    if (!this.#holdsEnd || this.#isPaused || this.#isClosed) return;
    this.#holdsEnd = false;
    this.#handler?.onEnd();
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
    const outgoing = { payload, at: 0, onWritten };
    if (this.#outgoing !== undefined) this.#outgoing.push(outgoing);
    else if (!this.#send(outgoing)) {
      this.#outgoing = [outgoing];
      this.#await();
    }
  }

  /** Ends the answer, with headers alone where none were sent. @param block encoded */
  sendTrailers(block: Buffer): void {
    if (this.#isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#outgoing === undefined) this.#end(block);
    else this.#trailers = block;
  }

  /** Breaks it off. */
  reset(code: ErrorCode): void {
    if (this.#isClosed) return;
    this.#host.writer.reset(this.id, code);
    this.#close(code !== ErrorCode.NO_ERROR, true);
  }

  /** Sends what waits, as far as the windows allow. To be called by the connection when either of them is wider. */
  pump(): void {
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    while (outgoing[0] !== undefined) {
      if (!this.#send(outgoing[0])) {
        this.#await();
        return;
      }
      outgoing.shift();
    }
    this.#outgoing = undefined;
    if (this.#trailers) this.#end(this.#trailers);
    else this.#handler?.onDrain();
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
      if (this.#isPaused || this.#held !== undefined) this.#hold(data);
      else this.#read(data);
    }
    if (isLast) this.peerEnded();
    return true;
  }

  peerEnded(): void {
    this.#isPeerDone = true;
    if (this.#isClosed) return;
    // RFC 9113 §8.1.1.
    if (this.#announced !== undefined && this.#announced !== 0) this.#host.refuse(this.id, ErrorCode.PROTOCOL_ERROR);
    else if (this.#isPaused || this.#held !== undefined) this.#holdsEnd = true;
    else this.#handler?.onEnd();
  }

  get isPeerDone(): boolean {
    return this.#isPeerDone;
  }

  /** The peer has broken it off, or is gone. */
  peerReset(code: number): void {
    this.#close(code !== ErrorCode.NO_ERROR, false);
  }

  #hold(data: Buffer): void {
    this.#held ??= [];
    const held = this.#held;
    const last = held.at(-1);
    if (last !== undefined && last.length < CRUMB_BYTES) held[held.length - 1] = Buffer.concat([last, data]);
    else held.push(Buffer.from(data));
  }

  #read(data: Buffer): void {
    this.#credit(data.length);
    this.#handler?.onData(data);
  }

  #credit(bytes: number): void {
    const increment = this.#received.give(bytes, WIDE_WINDOW_BYTES);
    if (increment > 0 && !this.#isPeerDone) this.#host.writer.windowUpdate(this.id, increment);
  }

  /** @returns whether all of it is sent */
  #send(outgoing: Outgoing): boolean {
    const { payload, onWritten } = outgoing;
    while (outgoing.at < payload.length) {
      const bytes = this.#host.claim(Math.min(payload.length - outgoing.at, this.#sendWindow));
      if (bytes <= 0) return false;
      this.#sendWindow -= bytes;
      const part = bytes === payload.length ? payload : payload.subarray(outgoing.at, outgoing.at + bytes);
      outgoing.at += bytes;
      this.#host.writer.data(this.id, part, outgoing.at === payload.length ? onWritten : undefined);
    }
    return true;
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
    // Of what has begun to be sent the socket may still hold a part.
    for (const { at, onWritten } of this.#outgoing ?? []) if (at === 0) onWritten?.();
    this.#outgoing = undefined;
    this.#held = undefined;
    this.#host.forget(this, isPeerOpen);
    this.#handler?.onClose(wasReset);
  }
}
