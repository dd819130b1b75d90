import { asSignerError, RequestError } from '../errors/index.ts';
import { isAwsChunked, planPayload, type ReportOnce, type Signer, type SigningTask } from '../signer/index.ts';
import type { WireRequest } from '../signing/index.ts';
import { allowed, denied } from './answers.ts';
import { bodyOf, wholeBody } from './body.ts';
import type { CheckRequest, CheckResponse, HttpRequest } from './messages.ts';
import { configSources, type GrpcCall, requestOf } from './request-view.ts';

/** The answer to one check, which is one HTTP request; whatever goes wrong is a refusal. */
export async function answerCheck(
  signer: Signer,
  message: CheckRequest,
  call: GrpcCall,
  report: ReportOnce,
): Promise<CheckResponse> {
  try {
    const http = message.attributes?.request?.http ?? {};
    const { request, ...ids } = requestOf(http);
    const sources = configSources(message, call);
    const trace = report.begun(sources, ids);

    const config = signer.resolve(sources);
    if (config !== 'unconfigured-pass') report.resolved(config);
    const task = signer.admit(request, config, { peer: call.peer, routeName: sources.routeName, trace });
    if (task.kind === 'pass') {
      report.done('passed');
      return allowed({ set: [], remove: [...task.remove] });
    }
    report.about.task = task;
    const answer = await signed(signer, task, http, request);
    report.done('signed');
    return answer;
  } catch (thrown) {
    const error = asSignerError(thrown);
    report.refused(error);
    return denied(error, report.about.config?.refusals);
  }
}

async function signed(
  signer: Signer,
  task: SigningTask,
  http: HttpRequest,
  request: WireRequest,
): Promise<CheckResponse> {
  const { exists, delivery } = bodyOf(http, request.headers, task.config);
  const plan = planPayload(task.config, request, exists, delivery);
  switch (plan.kind) {
    case 'at headers':
      return allowed(signer.sign(task, await signer.credentialsFor(task), plan.payloadHash));
    case 'whole body': {
      if (plan.decode) throw framed();
      const body = wholeBody(http, request.headers);
      const hash = await signer.hash(body);
      return allowed(signer.signWhole(task, await signer.credentialsFor(task), hash, body.length));
    }
    default:
      throw isAwsChunked(request.headers) && task.config.payload !== 'streaming' ? framed() : unservable(task);
  }
}

/** Its frames cannot be taken off: a check leaves the body as it is. */
function framed(): RequestError {
  return new RequestError(
    'SIGV4_AWS_CHUNKED_BODY',
    "ext_authz cannot take off the client's aws-chunked frames; send the body plain, or set payload: passthrough",
  );
}

function unservable({ config: { payload } }: SigningTask): RequestError {
  const remedy =
    payload === 'streaming'
      ? 'which leaves bodies as they are; use ext_proc, or another payload mode'
      : "which sent no body; set the filter's with_request_body";
  return new RequestError('SIGV4_PROCESSING_MODE', `payload: ${payload} cannot be served by ext_authz, ${remedy}`);
}
