import { constants, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { MessageReader } from './message-reader.ts';
import type { CallHandler, Method } from './method.ts';
import type { ServerCall } from './server-call.ts';
import { Status, StatusError } from './status.ts';

/** Gives a stream's messages to the handler of its call, each when the last one is dealt with. */
export class Intake<Request, Response, Peer> {
  readonly #stream: ServerHttp2Stream;
  readonly #decode: (message: Buffer) => Request;
  readonly #call: ServerCall<Response, Peer>;
  readonly #reader: MessageReader;
  #handler: CallHandler<Request> | undefined;
  #isWaiting = false;
  #hasEnded = false;

  constructor(
    stream: ServerHttp2Stream,
    method: Method<Request, Response, Peer>,
    call: ServerCall<Response, Peer>,
    mostMessageBytes: number,
  ) {
    this.#stream = stream;
    this.#decode = method.decode;
    this.#call = call;
    this.#reader = new MessageReader(mostMessageBytes);
    stream.destroy = destroyWithoutNewError;
    stream.on('error', ignore);
    stream.on('data', (chunk: Buffer) => {
      this.#reader.feed(chunk);
      this.#deliver();
    });
    stream.on('end', () => {
      this.#hasEnded = true;
      if (!this.#isWaiting) this.#onEnd();
    });
    stream.on('close', () => {
      this.#reader.close();
      this.#handler?.onClose(stream.rstCode !== constants.NGHTTP2_NO_ERROR);
      // Node's tables of streams keep some of them alive for long: not with all that hangs on them.
      stream.removeAllListeners();
    });
    try {
      this.#handler = method.open(call);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Hands over what there is, until it has to wait. What comes when the call is over is dropped. */
  #deliver(): void {
    try {
      while (this.#call.isOpen) {
        const message = this.#reader.next();
        if (message === undefined) return;
        const pending = this.#handler?.onMessage(this.#decode(message));
        if (pending instanceof Promise || this.#stream.writableNeedDrain) {
          void this.#wait(pending);
          return;
        }
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#reader.release();
  }

  /** Reads no further before the message is dealt with and the peer has read what was written: nothing piles up. */
  async #wait(pending: unknown): Promise<void> {
    this.#isWaiting = true;
    this.#stream.pause();
    try {
      await pending;
    } catch (error) {
      this.#fail(error);
    }
    if (this.#stream.writableNeedDrain) await drained(this.#stream);
    this.#isWaiting = false;
    this.#deliver();
    if (this.#isWaiting) return;
    if (this.#hasEnded) this.#onEnd();
    // A call that is over too: its stream closes when it is read to its end.
    else this.#stream.resume();
  }

  #onEnd(): void {
    if (!this.#call.isOpen) return;
    if (this.#reader.isBetweenMessages) this.#handler?.onEnd();
    else this.#call.end(Status.INTERNAL, 'the stream ended inside a message');
  }

  #fail(error: unknown): void {
    if (error instanceof StatusError) this.#call.end(error.status, error.message);
    else this.#call.end(Status.INTERNAL, 'the call failed');
  }
}

function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}

/**
 * Envoy resets each stream when it has what it needs, and Node would make an error, with its stack, for each reset.
 * Nobody reads them, and making them takes a tenth of a call's time.
 */
function destroyWithoutNewError(this: ServerHttp2Stream, error?: Error): ServerHttp2Stream {
  const reason = error ?? (this.rstCode === constants.NGHTTP2_NO_ERROR ? undefined : RESET);
  Duplex.prototype.destroy.call(this, reason);
  return this;
}

const RESET = new Error('the peer has reset the stream');

function ignore(): void {}
