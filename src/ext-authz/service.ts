import { type ServerUnaryCall, type sendUnaryData, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { configOfCall, type OpenStreams, tracerOf } from '../envoy/index.ts';
import { type Peer, ReportOnce, type RequestObserver, type Signer, UNNAMED_PEER } from '../signer/index.ts';
import { answerCheck } from './check.ts';
import type { CheckRequest, CheckResponse } from './messages.ts';
import type { GrpcCall } from './request-view.ts';

type Call = ServerUnaryCall<CheckRequest, CheckResponse>;

/** gRPC initial metadata that carries the route's name. */
const ROUTE_NAME_KEY = 'x-aws-request-signing-route-name';

/** What calls are served with. */
export interface ExtAuthzOptions {
  /** The signer of requests that begin now; each keeps its own to its end. */
  signer: () => Signer;
  observer: RequestObserver;
  /** Who is at the other end of a connection, by the address that gRPC has of it; absent: nobody has a name. */
  peerAt?: ((address: string) => Peer | undefined) | undefined;
  streams: OpenStreams;
}

/** The gRPC side of ext_authz: one call for each HTTP request. */
export function extAuthzHandlers({ signer, observer, peerAt, streams }: ExtAuthzOptions): UntypedServiceImplementation {
  return {
    Check(call: Call, respond: sendUnaryData<CheckResponse>) {
      const peer = peerAt ? peerAt(call.getPeer()) : UNNAMED_PEER;
      if (peer === undefined) {
        return respond({ code: status.UNAUTHENTICATED, details: 'nobody is known at this connection' });
      }
      if (streams.isFull) return respond({ code: status.RESOURCE_EXHAUSTED, details: 'too many streams are open' });
      observer.streamOpened();
      const entry = () => undefined;
      streams.add(entry);
      const trace = observer.traceRequest && tracerOf(call.metadata, observer);
      const report = new ReportOnce((done) => observer.requestDone(done), trace);
      call.on('cancelled', () => report.done('aborted'));
      answerCheck(signer(), call.request, grpcCall(call, peer), report)
        .then(
          (answer) => respond(null, answer),
          () => respond({ code: status.INTERNAL, details: 'the signer failed' }),
        )
        .finally(() => {
          streams.delete(entry);
          observer.streamClosed(call.cancelled);
        });
    },
  };
}

function grpcCall(call: Call, peer: Peer): GrpcCall {
  const [routeName] = call.metadata.get(ROUTE_NAME_KEY);
  return {
    initialMetadata: configOfCall(call.metadata),
    routeName: routeName?.toString(),
    authority: call.getHost(),
    peer,
  };
}
