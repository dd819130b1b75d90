import type { Duplex } from 'node:stream';
import { ConnectionError, ErrorCode, protocolError } from './codes.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import type { Http2Limits } from './limits.ts';
import { peerFrames } from './peer-frames.ts';
import { Preface } from './preface.ts';
import { ServerStreams, type StreamEvents } from './server-streams.ts';
import { LARGEST_STREAM_ID, PeerSettings, Setting } from './settings.ts';

export interface ServerConnectionOptions extends Pick<StreamEvents, 'onStream' | 'onDefect'> {
  limits: Http2Limits;
  /** The peer has not said HTTP/2's preface: something else, or not all of it in time. The connection ends. */
  onNoPreface: (reason: string) => void;
  /** For what has come at once, in one turn of the event loop, in milliseconds; one frame is dealt with at least. */
  turnMs?: number;
}

/** How long the peer may take to say what a connection begins with, its SETTINGS included. */
const PREFACE_MS = 10_000;
/** How long what is said last may take to be read. */
const LAST_WORD_MS = 1_000;
/** A crowd fills a read of 64 KiB, and what other connections have brought should not wait for all of it. */
const MOST_OF_A_TURN_MS = 0.5;
/** Of answers and acknowledgements that the peer does not read. */
const MOST_BACKLOG_BYTES = 4 * 1024 * 1024;

/**
 * One HTTP/2 connection, seen from the side that answers.
 * @see https://www.rfc-editor.org/rfc/rfc9113
 */
export class ServerConnection {
  readonly #socket: Duplex;
  readonly #writer: FrameWriter;
  readonly #streams: ServerStreams;
  readonly #reader: FrameReader;
  readonly #preface = new Preface();
  readonly #onNoPreface: ServerConnectionOptions['onNoPreface'];
  readonly #turnMs: number;
  #prefaceTimer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(socket: Duplex, options: ServerConnectionOptions) {
    const { limits, onStream, onDefect, onNoPreface, turnMs = MOST_OF_A_TURN_MS } = options;
    const settings = new PeerSettings();
    this.#socket = socket;
    this.#onNoPreface = onNoPreface;
    this.#turnMs = turnMs;
    this.#writer = new FrameWriter(socket);
    this.#writer.settings([
      [Setting.MAX_CONCURRENT_STREAMS, limits.streams],
      [Setting.MAX_HEADER_LIST_SIZE, limits.headerListBytes],
    ]);
    const onEmpty = () => {
      if (this.#streams.isFinishing) this.#end();
    };
    this.#streams = new ServerStreams(this.#writer, settings, limits, { onStream, onEmpty, onDefect });
    this.#reader = new FrameReader(peerFrames(this.#writer, settings, this.#streams, () => this.#endPreface()));
    this.#prefaceTimer = setTimeout(() => this.#break(protocolError('no preface in time')), PREFACE_MS).unref();
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#streams.pump());
    socket.on('error', ignore);
    socket.once('close', () => {
      this.#isOver = true;
      this.#endPreface();
      this.#streams.closeAll();
    });
  }

  /** Whether it takes no more requests. */
  get isClosed(): boolean {
    return this.#isOver || this.#socket.destroyed;
  }

  onceClosed(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** Tells the peer to send further requests elsewhere; those that it has sent by then are served. */
  announceEnd(): void {
    // Behind the last word it would take that back.
    if (this.#streams.isFinishing) return;
    this.#writer.goaway(LARGEST_STREAM_ID, ErrorCode.NO_ERROR);
  }

  /** Serves no more requests, and ends behind those that are open. */
  finish(): void {
    if (this.isClosed || this.#streams.isFinishing) return;
    this.#streams.finish();
    this.#writer.goaway(this.#streams.lastServedId, ErrorCode.NO_ERROR);
    if (this.#streams.size === 0) this.#end();
  }

  /** Breaks it off. */
  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (!this.#isOver) this.#takeInTurns(chunk);
  }

  /** As much of it as is one turn's, the rest in those that follow; nothing else is read meanwhile. */
  #takeInTurns(chunk: Buffer): void {
    let rest: Buffer | undefined;
    this.#writer.together(() => {
      rest = this.#take(chunk);
    });
    if (this.#writer.backlog > MOST_BACKLOG_BYTES) this.#socket.destroy();
    if (rest === undefined) return;
    const later = rest;
    this.#socket.pause();
    setImmediate(() => {
      this.#socket.resume();
      if (!this.isClosed) this.#takeInTurns(later);
    });
  }

  /** @returns what is left of it */
  #take(chunk: Buffer): Buffer | undefined {
    try {
      return this.#reader.feed(this.#preface.strip(chunk), performance.now() + this.#turnMs);
    } catch (error) {
      this.#break(error);
      return undefined;
    }
  }

  #endPreface(): void {
    clearTimeout(this.#prefaceTimer);
    this.#prefaceTimer = undefined;
  }

  /** Ends it for an error, the peer's where it is a ConnectionError. */
  #break(error: unknown): void {
    if (this.#isOver) return;
    const isPeers = error instanceof ConnectionError;
    if (!isPeers) this.#streams.onDefect(error);
    else if (this.#prefaceTimer !== undefined) this.#onNoPreface(error.message);
    this.#writer.goaway(this.#streams.lastServedId, isPeers ? error.code : ErrorCode.INTERNAL_ERROR);
    this.#end();
  }

  /** What comes from now on is dropped, so that the peer reads the last word rather than a reset of the socket. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endPreface();
    this.#reader.stop();
    this.#streams.closeAll();
    this.#writer.flush();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), LAST_WORD_MS).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }
}

function ignore(): void {}
