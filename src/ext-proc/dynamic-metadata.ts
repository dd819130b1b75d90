import type { SignerError } from '../errors/index.ts';
import { type Outcome, outcomeOf, ReportOnce, type RequestReport, roleOf } from '../signer/index.ts';
import type { ProcessingResponse } from './messages.ts';
import type { StreamOptions } from './stream-state.ts';

/** The namespace that Envoy's filter has to name among metadata_options.receiving_namespaces.untyped. */
const NAMESPACE = 'sigv4-extproc';

/** A report that tells Envoy, too, where it wants that: by the dynamic metadata of the deciding answer. */
export class StreamReport extends ReportOnce {
  readonly #tellsEnvoy: boolean;

  constructor(onDone: (report: RequestReport) => void, { traceRequest, dynamicMetadata = false }: StreamOptions) {
    super(onDone, traceRequest);
    this.#tellsEnvoy = dynamicMetadata;
  }

  /** @returns the response, as it is to be sent */
  decided(outcome: 'signed' | 'passed', response: ProcessingResponse): ProcessingResponse {
    this.done(outcome);
    return this.#tellsEnvoy ? withMetadata(response, outcome, this.about) : response;
  }

  /** @returns the response, as it is to be sent */
  refusedWith(error: SignerError, response: ProcessingResponse): ProcessingResponse {
    this.refused(error);
    return this.#tellsEnvoy ? withMetadata(response, outcomeOf(error), this.about, error.code) : response;
  }
}

/** @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto */
function withMetadata(
  response: ProcessingResponse,
  outcome: Outcome,
  { config, task }: Pick<RequestReport, 'config' | 'task'>,
  code?: string,
): ProcessingResponse {
  const role = task && roleOf(task);
  const fields = {
    signed: outcome === 'signed',
    outcome,
    ...(config && { service: config.service, region: config.region }),
    ...(role !== undefined && { role }),
    ...(code !== undefined && { code }),
  };
  return { ...response, dynamic_metadata: { [NAMESPACE]: fields } };
}
