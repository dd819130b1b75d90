import { Allowance } from './allowance.ts';
import { ClosedStreams } from './closed-streams.ts';
import {
  ConnectionError,
  ErrorCode,
  Flag,
  FrameType,
  flowControlError,
  frameSizeError,
  protocolError,
} from './codes.ts';
import type { FrameWriter } from './frame-writer.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import type { Http2Limits } from './limits.ts';
import { withoutPadding } from './padding.ts';
import { ReceiveWindow } from './receive-window.ts';
import { RequestHeaders } from './request-headers.ts';
import { SendWindow } from './send-window.ts';
import { ServerStream } from './server-stream.ts';
import { INITIAL_WINDOW_BYTES, type PeerSettings } from './settings.ts';
import type { StreamHost } from './stream-host.ts';
import { StreamTable } from './stream-table.ts';

export interface StreamEvents {
  /** A request has come: to be answered, and its handler to be set. */
  onStream: (stream: ServerStream, headers: RequestHeaders) => void;
  /** No stream is open any more. */
  onEmpty: () => void;
  /** An error that is the service's own, and that a stream or the connection was ended for. */
  onDefect: (error: unknown) => void;
}

const PRIORITY_BYTES = 5;
/** Times the limit of a header list, a block is read to its end, so that what is too large costs its stream alone. */
const READ_TO_END = 4;

/** The streams of one connection: opens them, hands them what is theirs, and keeps the peer to the protocol. */
export class ServerStreams implements StreamHost {
  readonly writer: FrameWriter;
  readonly onDefect: StreamEvents['onDefect'];
  readonly #settings: PeerSettings;
  readonly #limits: Http2Limits;
  readonly #events: StreamEvents;
  readonly #sendWindow: SendWindow;
  /**
   * Of all streams together, credited as it comes: what streams hold is bounded by their own windows, so that none holds up
   * the others. No wider than it is by default: an Envoy that asks from an upstream filter dies of more than 1 MiB that
   * waits for its socket. docs/decisions/0014-own-http2.md
   */
  readonly #received = new ReceiveWindow(INITIAL_WINDOW_BYTES);
  readonly #open = new StreamTable();
  readonly #closed = new ClosedStreams();
  readonly #hpack = new HpackDecoder();
  readonly #block: HeaderBlock;
  readonly #resets: Allowance;
  #isFinishing = false;
  #lastId = 0;
  #lastServedId = 0;

  constructor(writer: FrameWriter, settings: PeerSettings, limits: Http2Limits, events: StreamEvents) {
    this.writer = writer;
    this.#settings = settings;
    this.#limits = limits;
    this.#events = events;
    this.onDefect = events.onDefect;
    this.#sendWindow = new SendWindow(writer, settings);
    this.#block = new HeaderBlock(limits.headerListBytes * READ_TO_END);
    this.#resets = new Allowance(limits.resetsPerSecond);
  }

  /** Those that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The latest that was not refused. */
  get lastServedId(): number {
    return this.#lastServedId;
  }

  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  /** Takes no more. */
  finish(): void {
    this.#isFinishing = true;
  }

  /** The connection is no more. */
  closeAll(): void {
    this.#isFinishing = true;
    for (const stream of this.#open.all()) stream.peerReset(ErrorCode.CANCEL);
  }

  /** Sends what waits for the connection. */
  pump(): void {
    this.#sendWindow.pump();
  }

  /** The peer's settings have changed what each stream may send. */
  widenAll(bytes: number): void {
    if (bytes === 0) return;
    for (const stream of this.#open.all()) {
      if (!stream.widen(bytes)) throw flowControlError();
      if (bytes > 0) stream.pump();
    }
  }

  /** @throws ConnectionError for a frame inside another stream's header block */
  requireInOrder(type: number, streamId: number): void {
    const inside = this.#block.streamId;
    if (inside !== 0 && (type !== FrameType.CONTINUATION || streamId !== inside)) {
      throw protocolError('a frame inside a header block');
    }
  }

  onHeaders(streamId: number, flags: number, payload: Buffer): void {
    if (streamId % 2 === 0) throw protocolError('a stream of an even number');
    const unpadded = withoutPadding(flags, payload);
    const priorityBytes = (flags & Flag.PRIORITY) !== 0 ? PRIORITY_BYTES : 0;
    if (unpadded.length < priorityBytes) throw frameSizeError('HEADERS');
    if (priorityBytes > 0) this.onPriority(streamId, unpadded.subarray(0, priorityBytes));
    const block = this.#block.begin(streamId, flags, unpadded.subarray(priorityBytes));
    if (block !== undefined) this.#onBlock(streamId, block, this.#block.endsStream);
  }

  onContinuation(flags: number, payload: Buffer): void {
    const { streamId, endsStream } = this.#block;
    if (streamId === 0) throw protocolError('CONTINUATION of nothing');
    const block = this.#block.add(flags, payload);
    if (block !== undefined) this.#onBlock(streamId, block, endsStream);
  }

  onData(streamId: number, flags: number, payload: Buffer): void {
    const stream = this.#at(streamId);
    if (!this.#received.take(payload.length)) throw flowControlError();
    const increment = this.#received.give(payload.length);
    if (increment > 0) this.writer.windowUpdate(0, increment);
    const isLast = (flags & Flag.END_STREAM) !== 0;
    if (stream === undefined || stream.isPeerDone) {
      if (!this.#closed.has(streamId)) this.refuse(streamId, ErrorCode.STREAM_CLOSED);
    } else if (!stream.receive(withoutPadding(flags, payload), payload.length, isLast)) {
      this.refuse(streamId, ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  onReset(streamId: number, code: number): void {
    const stream = this.#at(streamId);
    this.#countReset();
    stream?.peerReset(code);
  }

  /** @param streamId 0: of all streams together */
  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) throw protocolError('a window that is widened by nothing');
      if (!this.#sendWindow.widen(increment)) throw flowControlError();
      this.pump();
      return;
    }
    const stream = this.#at(streamId);
    if (stream === undefined) return;
    if (increment === 0) this.refuse(streamId, ErrorCode.PROTOCOL_ERROR);
    else if (!stream.widen(increment)) this.refuse(streamId, ErrorCode.FLOW_CONTROL_ERROR);
    else stream.pump();
  }

  /** Nothing is made of it, as RFC 9113 §5.3.2 has it. */
  onPriority(streamId: number, payload: Buffer): void {
    if (payload.length !== PRIORITY_BYTES) this.refuse(streamId, ErrorCode.FRAME_SIZE_ERROR);
    else if ((payload.readUInt32BE(0) & 0x7fffffff) === streamId) throw protocolError('a stream that waits for itself');
  }

  claim(bytes: number): number {
    return this.#sendWindow.claim(bytes);
  }

  await(stream: ServerStream): void {
    this.#sendWindow.await(stream);
  }

  refuse(streamId: number, code: ErrorCode): void {
    this.#countReset();
    const stream = this.#open.get(streamId);
    if (stream !== undefined) {
      stream.reset(code);
      return;
    }
    this.writer.reset(streamId, code);
    this.#closed.add(streamId);
  }

  forget(stream: ServerStream, isPeerOpen: boolean): void {
    this.#open.delete(stream);
    this.#sendWindow.forget(stream);
    if (isPeerOpen) this.#closed.add(stream.id);
    if (this.#open.size === 0) this.#events.onEmpty();
  }

  #onBlock(streamId: number, block: Buffer, endsStream: boolean): void {
    const { headerListBytes, streams } = this.#limits;
    // Also of a stream that is refused: what it has had kept, later ones refer to.
    const { fields, size } = this.#hpack.decode(block, headerListBytes);
    if (streamId <= this.#lastId) {
      this.#onTrailers(streamId, endsStream);
      return;
    }
    this.#lastId = streamId;
    const headers = new RequestHeaders(fields);
    if (this.#isFinishing || this.#open.size >= streams) this.refuse(streamId, ErrorCode.REFUSED_STREAM);
    else if (size > headerListBytes) this.refuse(streamId, ErrorCode.ENHANCE_YOUR_CALM);
    else if (!headers.areWellFormed) this.refuse(streamId, ErrorCode.PROTOCOL_ERROR);
    else this.#begin(streamId, headers, endsStream);
  }

  #begin(streamId: number, headers: RequestHeaders, endsStream: boolean): void {
    this.#lastServedId = streamId;
    const stream = new ServerStream(streamId, this, this.#settings.initialWindowBytes, headers.contentLength);
    this.#open.add(stream);
    this.#events.onStream(stream, headers);
    if (endsStream) stream.peerEnded();
  }

  /** What they say is of no use to a server of gRPC. */
  #onTrailers(streamId: number, endsStream: boolean): void {
    const stream = this.#open.get(streamId);
    if (stream !== undefined && !stream.isPeerDone) {
      if (endsStream) stream.peerEnded();
      else this.refuse(streamId, ErrorCode.PROTOCOL_ERROR);
    } else if (!this.#closed.has(streamId)) {
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, 'headers of a stream that has ended');
    }
  }

  /** @returns undefined for one that is over */
  #at(streamId: number): ServerStream | undefined {
    const hasBegun = streamId <= this.#lastId && streamId % 2 === 1;
    if (!hasBegun) throw protocolError('a frame of a stream that has not begun');
    return this.#open.get(streamId);
  }

  #countReset(): void {
    if (this.#resets.isUsedUp()) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'too many resets');
  }
}
