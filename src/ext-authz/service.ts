import { configOfCall, type OpenStreams, tracerOf } from '../envoy/index.ts';
import { type Method, type ServerCall, Status, StatusError, unary } from '../grpc/index.ts';
import { type Peer, ReportOnce, type RequestObserver, type Signer } from '../signer/index.ts';
import { answerCheck } from './check.ts';
import { EXT_AUTHZ_SERVICE, loadCheckCodec } from './codec.ts';
import type { CheckRequest, CheckResponse } from './messages.ts';
import type { GrpcCall } from './request-view.ts';

type Call = ServerCall<CheckResponse, Peer>;

/** gRPC initial metadata that carries the route's name. */
const ROUTE_NAME_KEY = 'x-aws-request-signing-route-name';

/** What calls are served with. */
export interface ExtAuthzOptions {
  /** The signer of requests that begin now; each keeps its own to its end. */
  signer: () => Signer;
  observer: RequestObserver;
  streams: OpenStreams;
}

/** The gRPC side of ext_authz, by path: one call for each HTTP request. */
export function extAuthzMethods({
  signer,
  observer,
  streams,
}: ExtAuthzOptions): [path: string, Method<CheckRequest, CheckResponse, Peer>][] {
  const open = (call: Call) => {
    if (streams.isFull) throw new StatusError(Status.RESOURCE_EXHAUSTED, 'too many streams are open');
    observer.streamOpened();
    const place = streams.add({ endIfComplete: () => undefined });
    const trace = observer.traceRequest && tracerOf(call.metadata, observer);
    const report = new ReportOnce((done) => observer.requestDone(done), trace);
    return {
      answer: (request: CheckRequest) => answerCheck(signer(), request, grpcCall(call), report),
      onClose(wasReset: boolean) {
        streams.remove(place);
        observer.streamClosed(wasReset);
        report.done('aborted');
      },
    };
  };
  const decode = (message: Buffer) => loadCheckCodec().decode(message);
  const encode = (response: CheckResponse, headroom: number) => loadCheckCodec().encode(response, headroom);
  return [[`/${EXT_AUTHZ_SERVICE}/Check`, unary({ decode, encode, open })]];
}

function grpcCall({ metadata, peer }: Call): GrpcCall {
  return {
    initialMetadata: configOfCall(metadata),
    routeName: metadata.text(ROUTE_NAME_KEY),
    authority: metadata.authority,
    peer,
  };
}
