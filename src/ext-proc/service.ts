import { configOfCall, type OpenStream, type OpenStreams, type StreamPlace, tracerOf } from '../envoy/index.ts';
import { type CallHandler, type Method, type ServerCall, Status, StatusError } from '../grpc/index.ts';
import type { Peer, RequestObserver, RequestReport, Signer } from '../signer/index.ts';
import { moreTime } from './answers.ts';
import { decodeProcessingRequest } from './decode-request.ts';
import { encodeProcessingResponse } from './encode-response.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { ProcessingRequest, ProcessingResponse } from './messages.ts';
import { RequestStream } from './request-stream.ts';
import type { GrpcCall } from './request-view.ts';
import { type Answer, ProtocolViolation, type StreamOptions } from './stream-state.ts';

export const EXT_PROC_SERVICE = 'envoy.service.ext_proc.v3.ExternalProcessor';

type Call = ServerCall<ProcessingResponse, Peer>;

/** What calls are served with. */
export interface ExtProcOptions {
  /** The signer of requests that begin now; each keeps its own to its end. */
  signer: () => Signer;
  observer: RequestObserver;
  /** How long Envoy is asked to wait where credentials have to be fetched, in milliseconds. */
  patienceMs: () => number;
  /** Whether Envoy is told what became of each request. */
  dynamicMetadata?: (() => boolean) | undefined;
  streams: OpenStreams;
  held: HeldBytes;
}

/** The gRPC side of ext_proc, by path: feeds each call's messages, one by one and in order, to its RequestStream. */
export function extProcMethods(
  options: ExtProcOptions,
): [path: string, Method<ProcessingRequest, ProcessingResponse, Peer>][] {
  const { observer } = options;
  const onDone = (report: RequestReport) => observer.requestDone(report);
  const open = (call: Call) => new ProcessCall(call, options, onDone);
  return [
    [`/${EXT_PROC_SERVICE}/Process`, { decode: decodeProcessingRequest, encode: encodeProcessingResponse, open }],
  ];
}

/** A class, and not made of closures: there are as many as requests, and collections go by what those that wait hold. */
class ProcessCall implements CallHandler<ProcessingRequest>, GrpcCall, OpenStream {
  readonly initialMetadata: string | undefined;
  readonly authority: string | undefined;
  readonly #call: Call;
  readonly #options: ExtProcOptions;
  readonly #stream: RequestStream;
  readonly #place: StreamPlace;

  /** @throws StatusError where there are too many */
  constructor(call: Call, options: ExtProcOptions, onDone: (report: RequestReport) => void) {
    const { streams, observer } = options;
    if (streams.isFull) throw new StatusError(Status.RESOURCE_EXHAUSTED, 'too many streams are open');
    observer.streamOpened();
    this.initialMetadata = configOfCall(call.metadata);
    this.authority = call.metadata.authority;
    this.#call = call;
    this.#options = options;
    this.#stream = new RequestStream(options.signer(), this, onDone, streamOptions(call, options));
    this.#place = streams.add(this);
  }

  get peer(): Peer {
    return this.#call.peer;
  }

  get held(): HeldBytes {
    return this.#options.held;
  }

  askForTime(): void {
    this.#call.send(moreTime(this.#options.patienceMs()));
  }

  onMessage(message: ProcessingRequest): void | Promise<void> {
    try {
      const answer = this.#stream.answer(message);
      if (answer instanceof Promise) return answer.then((given) => this.#send(given), refuse);
      this.#send(answer);
    } catch (error) {
      refuse(error);
    }
  }

  /** OK on a request that is not decided would make Envoy forward it as it came. */
  onEnd(): void {
    if (this.#stream.isDecided) this.#call.end();
    else this.#call.end(Status.ABORTED, 'the stream ended before its request was decided');
  }

  onClose(wasReset: boolean): void {
    const { streams, observer } = this.#options;
    streams.remove(this.#place);
    observer.streamClosed(wasReset);
    this.#stream.close();
  }

  endIfComplete(): void {
    if (this.#stream.isComplete) this.#call.end();
  }

  #send(answer: Answer | undefined): void {
    if (answer === undefined) return;
    for (const response of answer.before ?? []) this.#call.send(response);
    this.#call.send(answer.response);
    if (answer.last || (this.#options.streams.endsComplete && this.#stream.isComplete)) this.#call.end();
  }
}

function refuse(error: unknown): never {
  if (error instanceof ProtocolViolation) throw new StatusError(Status.INVALID_ARGUMENT, error.message);
  throw new StatusError(Status.INTERNAL, 'the signer failed');
}

function streamOptions(call: Call, { observer, dynamicMetadata: tells }: ExtProcOptions): StreamOptions | undefined {
  const dynamicMetadata = tells?.() ?? false;
  if (observer.traceRequest === undefined) return dynamicMetadata ? { dynamicMetadata } : undefined;
  return { dynamicMetadata, traceRequest: tracerOf(call.metadata, observer) };
}
