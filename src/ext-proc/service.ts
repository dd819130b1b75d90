import { type ServerDuplexStream, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { configOfCall, type OpenStreams, tracerOf } from '../envoy/index.ts';
import { type Peer, type RequestObserver, type RequestReport, type Signer, UNNAMED_PEER } from '../signer/index.ts';
import { moreTime } from './answers.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { ProcessingRequest, ProcessingResponse } from './messages.ts';
import { RequestStream } from './request-stream.ts';
import type { GrpcCall } from './request-view.ts';
import { type Answer, ProtocolViolation, type StreamOptions } from './stream-state.ts';

type Call = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

/** What calls are served with. */
export interface ExtProcOptions {
  /** The signer of requests that begin now; each keeps its own to its end. */
  signer: () => Signer;
  observer: RequestObserver;
  /** How long Envoy is asked to wait where credentials have to be fetched, in milliseconds. */
  patienceMs: () => number;
  /** Who is at the other end of a connection, by the address that gRPC has of it; absent: nobody has a name. */
  peerAt?: ((address: string) => Peer | undefined) | undefined;
  /** Whether Envoy is told what became of each request. */
  dynamicMetadata?: (() => boolean) | undefined;
  streams: OpenStreams;
  held: HeldBytes;
}

/** The gRPC side of ext_proc: feeds each call's messages, one by one and in order, to its RequestStream. */
export function extProcHandlers(options: ExtProcOptions): UntypedServiceImplementation {
  const { observer, streams, held } = options;
  const onDone = (report: RequestReport) => observer.requestDone(report);
  return {
    Process(call: Call) {
      const fail = (code: status, details: string) => call.emit('error', { code, details });
      const peer = options.peerAt ? options.peerAt(call.getPeer()) : UNNAMED_PEER;
      if (peer === undefined) return fail(status.UNAUTHENTICATED, 'nobody is known at this connection');
      if (streams.isFull) return fail(status.RESOURCE_EXHAUSTED, 'too many streams are open');

      observer.streamOpened();
      const patience = () => moreTime(options.patienceMs());
      const stream = new RequestStream(
        options.signer(),
        grpcCall(call, { peer, patience, held }),
        onDone,
        streamOptions(call, observer, options.dynamicMetadata?.() ?? false),
      );
      const endIfComplete = () => void (stream.isComplete && call.end());
      streams.add(endIfComplete);

      const send = (answer: Answer | undefined) => {
        if (answer === undefined || call.cancelled) return;
        for (const response of answer.before ?? []) call.write(response);
        call.write(answer.response);
        if (answer.last || (streams.endsComplete && stream.isComplete)) call.end();
      };
      // Envoy must not be read faster than it reads: bodies that pass through would pile up here.
      const resume = () => (call.writableNeedDrain ? call.once('drain', () => call.resume()) : call.resume());
      const abort = (error: unknown) => {
        if (error instanceof ProtocolViolation) fail(status.INVALID_ARGUMENT, error.message);
        else fail(status.INTERNAL, 'the signer failed');
      };

      call.on('data', (message: ProcessingRequest) => {
        try {
          const answer = stream.answer(message);
          if (answer instanceof Promise) {
            call.pause();
            answer.then(send).catch(abort).finally(resume);
          } else {
            send(answer);
            if (call.writableNeedDrain) {
              call.pause();
              resume();
            }
          }
        } catch (error) {
          abort(error);
        }
      });
      // OK on a request that is not decided would make Envoy forward it as it came.
      call.on('end', () =>
        stream.isDecided ? call.end() : fail(status.ABORTED, 'the stream ended before its request was decided'),
      );
      // A stream that its peer cancels is the normal end of every exchange.
      call.on('error', () => undefined);
      call.on('close', () => {
        streams.delete(endIfComplete);
        stream.close();
        observer.streamClosed(call.cancelled);
      });
    },
  };
}

function streamOptions(call: Call, observer: RequestObserver, dynamicMetadata: boolean): StreamOptions | undefined {
  if (observer.traceRequest === undefined) return dynamicMetadata ? { dynamicMetadata } : undefined;
  return { dynamicMetadata, traceRequest: tracerOf(call.metadata, observer) };
}

function grpcCall(
  call: Call,
  { peer, patience, held }: Pick<GrpcCall, 'peer' | 'held'> & { patience: () => ProcessingResponse },
): GrpcCall {
  return {
    initialMetadata: configOfCall(call.metadata),
    authority: call.getHost(),
    peer,
    held,
    askForTime: () => void (call.cancelled || call.write(patience())),
  };
}
