import type { Duplex } from 'node:stream';
import { Flag, FrameType } from './codes.ts';
import { FRAME_HEADER_BYTES } from './frame-reader.ts';

const BATCH_BYTES = 32 * 1024;
/** A larger payload is handed to the socket as it is, not copied. */
const MOST_COPIED = 8 * 1024;

/** Told without an error once the system has what was written. */
export type OnWritten = (error?: Error | null) => void;

/**
 * Writes frames to a socket, all those of one turn at once: a system call costs more than what is in most frames.
 * @see https://www.rfc-editor.org/rfc/rfc9113 §6
 */
export class FrameWriter {
  readonly #socket: Duplex;
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  /** Of the batch: where what is to be flushed begins, and ends. */
  #from = 0;
  #to = 0;
  #isDue = false;
  #isHeld = false;
  #isCorked = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes that the socket could not send yet. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  /** Does something whose frames go out together. */
  together(work: () => void): void {
    this.#isHeld = true;
    try {
      work();
    } finally {
      this.#isHeld = false;
      this.flush();
    }
  }

  settings(entries: readonly (readonly [id: number, value: number])[]): void {
    this.#begin(entries.length * 6, FrameType.SETTINGS, 0, 0);
    for (const [id, value] of entries) {
      this.#to = this.#batch.writeUInt16BE(id, this.#to);
      this.#to = this.#batch.writeUInt32BE(value, this.#to);
    }
  }

  settingsAck(): void {
    this.#begin(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** @param opaque eight bytes */
  pingAck(opaque: Buffer): void {
    this.#begin(opaque.length, FrameType.PING, Flag.ACK, 0);
    this.#copy(opaque);
  }

  goaway(lastStreamId: number, code: number): void {
    this.#begin(8, FrameType.GOAWAY, 0, 0);
    this.#uint32(lastStreamId);
    this.#uint32(code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#begin(4, FrameType.WINDOW_UPDATE, 0, streamId);
    this.#uint32(increment);
  }

  reset(streamId: number, code: number): void {
    this.#begin(4, FrameType.RST_STREAM, 0, streamId);
    this.#uint32(code);
  }

  /** @param block of at most what one frame may hold */
  headers(streamId: number, block: Buffer, endStream: boolean): void {
    const flags = endStream ? Flag.END_HEADERS | Flag.END_STREAM : Flag.END_HEADERS;
    this.#begin(block.length, FrameType.HEADERS, flags, streamId);
    this.#copy(block);
  }

  /** @param payload to be left as it is until it is written */
  data(streamId: number, payload: Buffer, onWritten?: OnWritten): void {
    if (payload.length <= MOST_COPIED) {
      this.#begin(payload.length, FrameType.DATA, 0, streamId);
      this.#copy(payload);
      if (onWritten) this.#hand(onWritten);
      return;
    }
    if (!this.#isCorked) this.#socket.cork();
    this.#isCorked = true;
    this.#begin(payload.length, FrameType.DATA, 0, streamId, 0);
    this.#hand();
    this.#socket.write(payload, onWritten);
  }

  flush(): void {
    this.#isDue = false;
    if (this.#to > this.#from) this.#hand();
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  /** Writes a frame's header behind what there is. @param room for what of its payload comes behind it */
  #begin(length: number, type: number, flags: number, streamId: number, room = length): void {
    if (this.#from > 0) this.#rewind();
    if (this.#to + FRAME_HEADER_BYTES + room > this.#batch.length) this.#renew();
    const batch = this.#batch;
    const at = this.#to;
    batch[at] = length >> 16;
    batch[at + 1] = length >> 8;
    batch[at + 2] = length;
    batch[at + 3] = type;
    batch[at + 4] = flags;
    this.#to = at + 5;
    this.#uint32(streamId);
    if (this.#isHeld || this.#isDue) return;
    this.#isDue = true;
    process.nextTick(flush, this);
  }

  #uint32(value: number): void {
    const batch = this.#batch;
    const at = this.#to;
    batch[at] = value >>> 24;
    batch[at + 1] = value >>> 16;
    batch[at + 2] = value >>> 8;
    batch[at + 3] = value;
    this.#to = at + 4;
  }

  #copy(bytes: Buffer): void {
    bytes.copy(this.#batch, this.#to);
    this.#to += bytes.length;
  }

  /** Hands what there is to the socket; what it does not take at once stays where it is until it does. */
  #hand(onWritten?: OnWritten): void {
    this.#socket.write(this.#batch.subarray(this.#from, this.#to), onWritten);
    this.#from = this.#to;
  }

  /** Begins the batch anew if the system, or TLS, has all that was in it. */
  #rewind(): void {
    if (this.#from < this.#to || this.#socket.writableLength > 0) return;
    this.#from = 0;
    this.#to = 0;
  }

  #renew(): void {
    if (this.#to > this.#from) this.#hand();
    this.#batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#from = 0;
    this.#to = 0;
  }
}

function flush(writer: FrameWriter): void {
  writer.flush();
}
