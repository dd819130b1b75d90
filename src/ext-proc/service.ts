import { type ServerDuplexStream, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { configOfCall } from '../envoy/index.ts';
import { type RequestObserver, type Signer, UNNAMED_PEER } from '../signer/index.ts';
import { moreTime } from './answers.ts';
import type { ProcessingRequest, ProcessingResponse } from './messages.ts';
import { RequestStream } from './request-stream.ts';
import type { GrpcCall } from './request-view.ts';
import { type Answer, ProtocolViolation } from './stream-state.ts';

type Call = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

/**
 * The gRPC side of ext_proc: feeds each call's messages, one by one and in order, to its RequestStream.
 * @param patienceMs how long Envoy is asked to wait where credentials have to be fetched, in milliseconds
 */
export function extProcHandlers(
  signer: Signer,
  observer: RequestObserver,
  patienceMs: number,
): UntypedServiceImplementation {
  const patience = moreTime(patienceMs);
  return {
    Process(call: Call) {
      observer.streamOpened();
      const stream = new RequestStream(signer, grpcCall(call, patience), (report) => observer.requestDone(report));
      const fail = (code: status, details: string) => call.emit('error', { code, details });

      const send = (answer: Answer | undefined) => {
        if (answer === undefined || call.cancelled) return;
        for (const response of answer.before ?? []) call.write(response);
        call.write(answer.response);
        if (answer.last) call.end();
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
        stream.close();
        observer.streamClosed();
      });
    },
  };
}

function grpcCall(call: Call, patience: ProcessingResponse): GrpcCall {
  return {
    initialMetadata: configOfCall(call.metadata),
    authority: call.getHost(),
    peer: UNNAMED_PEER,
    askForTime: () => void (call.cancelled || call.write(patience)),
  };
}
