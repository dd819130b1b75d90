import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { buffers } from '../protobuf/index.ts';
import type { Metadata } from './metadata.ts';
import { type Encoder, framed } from './method.ts';
import { Status } from './status.ts';
import { endWithHeaders, endWithTrailers, statusHeaders } from './stream-end.ts';

const HEADERS: OutgoingHttpHeaders = { ':status': 200, 'content-type': 'application/grpc' };
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };

/** From where on a frame may be a view of a lent buffer. */
const LARGE = 8 * 1024;

/** One call, seen from the side that serves it. */
export class ServerCall<Response, Peer> {
  readonly metadata: Metadata;
  /** What the connection was accepted with. */
  readonly peer: Peer;
  readonly #stream: ServerHttp2Stream;
  readonly #method: Encoder<Response>;
  #isEnded = false;

  constructor(stream: ServerHttp2Stream, method: Encoder<Response>, metadata: Metadata, peer: Peer) {
    this.#stream = stream;
    this.#method = method;
    this.metadata = metadata;
    this.peer = peer;
  }

  /** Whether what is sent may still arrive. */
  get isOpen(): boolean {
    return !this.#isEnded && !this.#stream.closed;
  }

  /** Sends a message; does nothing in a call that is over. */
  send(message: Response): void {
    if (!this.isOpen) return;
    if (!this.#stream.headersSent) this.#stream.respond(HEADERS, WITH_TRAILERS);
    const frame = framed(this.#method, message);
    if (frame.length < LARGE) this.#stream.write(frame);
    else this.#stream.write(frame, () => this.#onWritten(frame));
  }

  /** Of a stream that is reset Node calls each write done, also one of which the socket still has a part to send. */
  #onWritten(frame: Buffer): void {
    if (!this.#stream.destroyed) buffers.give(frame);
  }

  /** Ends the call behind what was sent. The first time counts. */
  end(status: Status = Status.OK, details = ''): void {
    if (!this.isOpen) return;
    this.#isEnded = true;
    const outcome = statusHeaders(status, details);
    if (this.#stream.headersSent) endWithTrailers(this.#stream, outcome);
    else endWithHeaders(this.#stream, { ...HEADERS, ...outcome });
  }
}
