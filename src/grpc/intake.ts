import type { ServerStream, StreamHandler } from '../http2/index.ts';
import { MessageReader } from './message-reader.ts';
import type { CallHandler, Method } from './method.ts';
import type { ServerCall } from './server-call.ts';
import { Status, StatusError } from './status.ts';

/** A timer of Node's runs no longer than that; a call that may take longer has no deadline. */
const LONGEST_MS = 2 ** 31 - 1;

/** Gives a stream's messages to the handler of its call, each when the last one is dealt with. */
export class Intake<Request, Response, Peer> implements StreamHandler {
  readonly #stream: ServerStream;
  readonly #decode: (message: Buffer) => Request;
  readonly #call: ServerCall<Response, Peer>;
  readonly #reader: MessageReader;
  #handler: CallHandler<Request> | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** What no further message is given before: the last one's end, and the peer's having read what was written. */
  #isPending = false;
  #isDraining = false;

  constructor(
    stream: ServerStream,
    method: Method<Request, Response, Peer>,
    call: ServerCall<Response, Peer>,
    mostMessageBytes: number,
  ) {
    this.#stream = stream;
    this.#decode = method.decode;
    this.#call = call;
    this.#reader = new MessageReader(mostMessageBytes);
    stream.handler = this;
    try {
      this.#handler = method.open(call);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends the call when so much time is over. */
  endAfter(milliseconds: number): void {
    if (milliseconds > LONGEST_MS || this.#stream.isClosed) return;
    this.#deadline = setTimeout(
      () => this.#call.end(Status.DEADLINE_EXCEEDED, 'the deadline has passed'),
      milliseconds,
    );
  }

  onData(bytes: Buffer): void {
    this.#reader.feed(bytes);
    this.#deliver();
  }

  onEnd(): void {
    if (!this.#call.isOpen) return;
    if (this.#reader.isBetweenMessages) this.#handler?.onEnd();
    else this.#call.end(Status.INTERNAL, 'the stream ended inside a message');
  }

  onDrain(): void {
    this.#isDraining = false;
    this.#goOn();
  }

  onClose(wasReset: boolean): void {
    clearTimeout(this.#deadline);
    this.#reader.close();
    this.#handler?.onClose(wasReset);
  }

  get #isWaiting(): boolean {
    return this.#isPending || this.#isDraining;
  }

  /** Hands over what there is, until it has to wait. What comes when the call is over is dropped. */
  #deliver(): void {
    try {
      while (this.#call.isOpen) {
        const message = this.#reader.next();
        if (message === undefined) return;
        const pending = this.#handler?.onMessage(this.#decode(message));
        this.#isPending = pending instanceof Promise;
        this.#isDraining = this.#stream.needsDrain;
        if (!this.#isWaiting) continue;
        // Nothing piles up here.
        this.#stream.pause();
        if (pending instanceof Promise)
          pending.then(
            () => this.#settled(),
            (error: unknown) => this.#failed(error),
          );
        return;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#reader.release();
  }

  #settled(): void {
    this.#isPending = false;
    if (this.#stream.isClosed) this.#reader.release();
    else this.#goOn();
  }

  #failed(error: unknown): void {
    this.#fail(error);
    this.#settled();
  }

  /** What is at hand first, and then what was held back meanwhile. */
  #goOn(): void {
    this.#isDraining = this.#stream.needsDrain;
    if (this.#isWaiting || this.#stream.isClosed) return;
    this.#deliver();
    if (this.#isWaiting || this.#stream.isClosed) return;
    this.#stream.resume();
  }

  #fail(error: unknown): void {
    if (error instanceof StatusError) this.#call.end(error.status, error.message);
    else this.#call.end(Status.INTERNAL, 'the call failed');
  }
}
