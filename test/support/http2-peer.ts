import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  encodeHeaders,
  type Http2Limits,
  type RequestHeaders,
  ServerConnection,
  type ServerStream,
} from '../../src/http2/index.ts';
import { DATA, END_HEADERS, type Frame, frame, framesOf, GOAWAY, HEADERS, PREFACE, SETTINGS } from './http2-frames.ts';

export const REQUEST = encodeHeaders({ ':method': 'POST', ':scheme': 'http', ':path': '/' });
export const ANSWER = encodeHeaders({ ':status': '200' });

export const open = (streamId: number, flags: number = END_HEADERS): Buffer => frame(HEADERS, flags, streamId, REQUEST);

/** A socket whose other end is in the same hands. */
export class HandSocket extends Duplex {
  readonly written: Buffer[] = [];
  #isHolding = false;
  #held: (() => void) | undefined;

  constructor() {
    super({ writableHighWaterMark: 16 * 1024 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    // A copy: what is written over later is to be seen.
    const take = () => {
      this.written.push(Buffer.from(chunk));
      done();
    };
    if (this.#isHolding) this.#held = take;
    else take();
  }

  /** Takes no more, as a socket whose peer does not read. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Takes what it was given, and all that comes. */
  release(): void {
    this.#isHolding = false;
    this.#held?.();
    this.#held = undefined;
  }
}

/** What one stream's handler was told. */
export interface SeenStream {
  stream: ServerStream;
  headers: RequestHeaders;
  data: Buffer[];
  ends: number;
  drains: number;
  closes: boolean[];
}

export interface PeerOptions extends Partial<Http2Limits> {
  /** How long it is listened to in one turn of the event loop; to its end if nothing is said. */
  turnMs?: number;
  /** What it says at once. */
  preface?: Buffer;
  /** Behind the handler's being set. */
  onStream?: (seen: SeenStream) => void;
  onData?: (seen: SeenStream, bytes: Buffer) => void;
  onEnd?: (seen: SeenStream) => void;
  onDrain?: (seen: SeenStream) => void;
  onClose?: (seen: SeenStream) => void;
}

/** A connection of the server's, and its peer, which has said its preface if nothing else is asked for; all that is said is dealt with at once. */
export class Peer {
  readonly socket = new HandSocket();
  readonly connection: ServerConnection;
  readonly seen: SeenStream[] = [];
  readonly defects: unknown[] = [];
  /** Why it was refused for its preface. */
  readonly refusals: string[] = [];

  constructor({
    onStream,
    onData,
    onEnd,
    onDrain,
    onClose,
    preface,
    turnMs = Number.POSITIVE_INFINITY,
    ...limits
  }: PeerOptions = {}) {
    const unbounded = { streams: 1000, headerListBytes: 16 * 1024, resetsPerSecond: Number.MAX_SAFE_INTEGER };
    this.connection = new ServerConnection(this.socket, {
      limits: { ...unbounded, ...limits },
      turnMs,
      onStream: (stream, headers) => {
        const seen: SeenStream = { stream, headers, data: [], ends: 0, drains: 0, closes: [] };
        this.seen.push(seen);
        stream.handler = {
          onData(bytes) {
            seen.data.push(Buffer.from(bytes));
            onData?.(seen, bytes);
          },
          onEnd() {
            seen.ends += 1;
            onEnd?.(seen);
          },
          onDrain() {
            seen.drains += 1;
            onDrain?.(seen);
          },
          onClose(wasReset) {
            seen.closes.push(wasReset);
            onClose?.(seen);
          },
        };
        onStream?.(seen);
      },
      onDefect: (error) => void this.defects.push(error),
      onNoPreface: (reason) => void this.refusals.push(reason),
    });
    this.say(preface ?? Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]));
  }

  /** In one chunk. */
  say(...bytes: Buffer[]): void {
    this.socket.emit('data', Buffer.concat(bytes));
  }

  /** What takes more than one turn to be dealt with; resolves when it is. */
  async sayMuch(...bytes: Buffer[]): Promise<void> {
    this.say(...bytes);
    while (this.socket.isPaused() && !this.socket.destroyed) await setImmediate();
  }

  /** The handler's view of a stream. */
  stream(id: number): SeenStream {
    const seen = this.seen.find(({ stream }) => stream.id === id);
    if (seen === undefined) throw new Error(`no stream ${id} was opened`);
    return seen;
  }

  get heard(): Frame[] {
    return framesOf(Buffer.concat(this.socket.written));
  }

  /** The frames of a type, of a stream where one is named. */
  heardOf(type: number, streamId?: number): Frame[] {
    return this.heard.filter((each) => each.type === type && (streamId === undefined || each.streamId === streamId));
  }

  /** The error code of the GOAWAY that was said last. */
  get goaway(): number | undefined {
    return this.heardOf(GOAWAY).at(-1)?.payload.readUInt32BE(4);
  }

  /** The bytes of a stream. */
  body(streamId: number): Buffer {
    return Buffer.concat(this.heardOf(DATA, streamId).map(({ payload }) => payload));
  }
}
