import { type ServerUnaryCall, type sendUnaryData, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { configOfCall } from '../envoy/index.ts';
import { ReportOnce, type RequestObserver, type Signer, UNNAMED_PEER } from '../signer/index.ts';
import { answerCheck } from './check.ts';
import type { CheckRequest, CheckResponse } from './messages.ts';
import type { GrpcCall } from './request-view.ts';

type Call = ServerUnaryCall<CheckRequest, CheckResponse>;

/** gRPC initial metadata that carries the route's name. */
const ROUTE_NAME_KEY = 'x-aws-request-signing-route-name';

/** The gRPC side of ext_authz: one call for each HTTP request. */
export function extAuthzHandlers(signer: Signer, observer: RequestObserver): UntypedServiceImplementation {
  return {
    Check(call: Call, respond: sendUnaryData<CheckResponse>) {
      observer.streamOpened();
      const report = new ReportOnce((done) => observer.requestDone(done));
      call.on('cancelled', () => report.done('aborted'));
      answerCheck(signer, call.request, grpcCall(call), report)
        .then(
          (answer) => respond(null, answer),
          () => respond({ code: status.INTERNAL, details: 'the signer failed' }),
        )
        .finally(() => observer.streamClosed());
    },
  };
}

function grpcCall(call: Call): GrpcCall {
  const [routeName] = call.metadata.get(ROUTE_NAME_KEY);
  return {
    initialMetadata: configOfCall(call.metadata),
    routeName: routeName?.toString(),
    authority: call.getHost(),
    peer: UNNAMED_PEER,
  };
}
