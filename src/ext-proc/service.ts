import { configOfCall, type OpenStreams, tracerOf } from '../envoy/index.ts';
import { type Method, type ServerCall, Status, StatusError } from '../grpc/index.ts';
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
  const { observer, streams } = options;
  const onDone = (report: RequestReport) => observer.requestDone(report);
  const open = (call: Call) => {
    if (streams.isFull) throw new StatusError(Status.RESOURCE_EXHAUSTED, 'too many streams are open');
    observer.streamOpened();
    const stream = new RequestStream(options.signer(), grpcCall(call, options), onDone, streamOptions(call, options));
    const leave = streams.add({ endIfComplete: () => void (stream.isComplete && call.end()) });

    const send = (answer: Answer | undefined) => {
      if (answer === undefined) return;
      for (const response of answer.before ?? []) call.send(response);
      call.send(answer.response);
      if (answer.last || (streams.endsComplete && stream.isComplete)) call.end();
    };
    return {
      onMessage(message: ProcessingRequest) {
        try {
          const answer = stream.answer(message);
          if (answer instanceof Promise) return answer.then(send, refuse);
          send(answer);
        } catch (error) {
          refuse(error);
        }
      },
      // OK on a request that is not decided would make Envoy forward it as it came.
      onEnd() {
        if (stream.isDecided) call.end();
        else call.end(Status.ABORTED, 'the stream ended before its request was decided');
      },
      onClose(wasReset: boolean) {
        leave();
        stream.close();
        observer.streamClosed(wasReset);
      },
    };
  };
  return [
    [`/${EXT_PROC_SERVICE}/Process`, { decode: decodeProcessingRequest, encode: encodeProcessingResponse, open }],
  ];
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

function grpcCall(call: Call, { patienceMs, held }: ExtProcOptions): GrpcCall {
  const { metadata, peer } = call;
  return {
    initialMetadata: configOfCall(metadata),
    authority: metadata.authority,
    peer,
    held,
    askForTime: () => call.send(moreTime(patienceMs())),
  };
}
