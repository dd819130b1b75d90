import { PREFIX_BYTES } from './message-reader.ts';
import type { ServerCall } from './server-call.ts';
import { Status, StatusError } from './status.ts';

/** What takes the messages of one call. */
export interface CallHandler<Request> {
  /**
   * Takes the next message. None is given while what is returned is pending, nor while the peer is slow to read. What
   * the decoder left as views of the message's bytes is to be copied by who needs it longer than that.
   * A StatusError ends the call with its status, anything else that is thrown with INTERNAL.
   */
  onMessage(message: Request): void | Promise<void>;
  /** The peer has sent its last message; the call is still to be ended. */
  onEnd(): void;
  /** The call is over. @param wasReset by the peer, ahead of its end or behind it */
  onClose(wasReset: boolean): void;
}

export interface Encoder<Response> {
  /** @returns the message behind as many bytes that are not written yet: the prefix's; may be of `buffers` */
  encode(message: Response, headroom: number): Buffer;
}

export interface MethodCodec<Request, Response> extends Encoder<Response> {
  decode(message: Buffer): Request;
}

/** A method in which both sides may send any number of messages. */
export interface Method<Request, Response, Peer> extends MethodCodec<Request, Response> {
  /** Begins a call; a StatusError that is thrown refuses it. */
  open(call: ServerCall<Response, Peer>): CallHandler<Request>;
}

/** What takes the one message of a call. */
export interface UnaryHandler<Request, Response> {
  /** A StatusError refuses the call. */
  answer(request: Request): Response | Promise<Response>;
  onClose?(wasReset: boolean): void;
}

export interface UnaryMethod<Request, Response, Peer> extends MethodCodec<Request, Response> {
  open(call: ServerCall<Response, Peer>): UnaryHandler<Request, Response>;
}

/** Says to a peer that sent none, or more. */
export const ONE_MESSAGE = 'this method takes one message';

/** A method of one message and one answer. */
export function unary<Request, Response, Peer>(
  method: UnaryMethod<Request, Response, Peer>,
): Method<Request, Response, Peer> {
  return {
    decode: method.decode,
    encode: method.encode,
    open(call) {
      const handler = method.open(call);
      let isAsked = false;
      const answer = (response: Response) => {
        call.send(response);
        call.end();
      };
      return {
        onMessage(message) {
          if (isAsked) throw new StatusError(Status.UNIMPLEMENTED, ONE_MESSAGE);
          isAsked = true;
          const response = handler.answer(message);
          if (response instanceof Promise) return response.then(answer);
          answer(response);
        },
        onEnd() {
          if (!isAsked) call.end(Status.UNIMPLEMENTED, ONE_MESSAGE);
        },
        onClose: (wasReset) => handler.onClose?.(wasReset),
      };
    },
  };
}

/** For codecs that know of no headroom. */
export function withHeadroom<Response>(encode: (message: Response) => Uint8Array) {
  return (message: Response, headroom: number): Buffer => {
    const bytes = encode(message);
    const framed = Buffer.allocUnsafe(headroom + bytes.length);
    framed.set(bytes, headroom);
    return framed;
  };
}

/** A message as it goes over the wire. */
export function framed<Response>(method: Encoder<Response>, message: Response): Buffer {
  const frame = method.encode(message, PREFIX_BYTES);
  frame[0] = 0;
  frame.writeUInt32BE(frame.length - PREFIX_BYTES, 1);
  return frame;
}
