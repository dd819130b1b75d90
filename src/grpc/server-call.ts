import { encodeHeaders, type ServerStream } from '../http2/index.ts';
import { buffers } from '../protobuf/index.ts';
import type { Metadata } from './metadata.ts';
import { type Encoder, framed } from './method.ts';
import { Status } from './status.ts';
import { onlyTrailers, trailers } from './stream-end.ts';

const HEADERS = encodeHeaders({ ':status': '200', 'content-type': 'application/grpc' });

/** From where on a frame may be a view of a lent buffer. */
const LARGE = 8 * 1024;

/** One call, seen from the side that serves it. */
export class ServerCall<Response, Peer> {
  readonly metadata: Metadata;
  /** What the connection was accepted with. */
  readonly peer: Peer;
  readonly #stream: ServerStream;
  readonly #method: Encoder<Response>;
  #isEnded = false;

  constructor(stream: ServerStream, method: Encoder<Response>, metadata: Metadata, peer: Peer) {
    this.#stream = stream;
    this.#method = method;
    this.metadata = metadata;
    this.peer = peer;
  }

  /** Whether what is sent may still arrive. */
  get isOpen(): boolean {
    return !this.#isEnded && !this.#stream.isClosed;
  }

  /** Sends a message; does nothing in a call that is over. */
  send(message: Response): void {
    if (!this.isOpen) return;
    this.#stream.sendHeaders(HEADERS);
    const frame = framed(this.#method, message);
    if (frame.length < LARGE) this.#stream.sendData(frame);
    else this.#stream.sendData(frame, (error) => error || buffers.give(frame));
  }

  /** Ends the call behind what was sent. The first time counts. */
  end(status: Status = Status.OK, details = ''): void {
    if (!this.isOpen) return;
    this.#isEnded = true;
    const isBegun = this.#stream.hasSentHeaders;
    this.#stream.sendTrailers(isBegun ? trailers(status, details) : onlyTrailers(status, details));
  }
}
