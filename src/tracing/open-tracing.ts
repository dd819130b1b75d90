import type { TelemetryConfig } from '../config/index.ts';
import type { CredentialSource, StsOperation } from '../credentials/index.ts';
import type { RequestReport, RequestTrace } from '../signer/index.ts';

/** Makes spans of requests and of what they ask STS. */
export interface Tracing {
  traceRequest(traceparent: string | undefined): RequestTrace;
  requestDone(report: RequestReport): void;
  /** The same source, whose calls to STS belong to the request that needed them. */
  around<S extends Pick<CredentialSource, 'credentialsFor' | 'evict'>>(source: S): Pick<S, 'credentialsFor' | 'evict'>;
  /** A call that has just ended. */
  stsCall(operation: StsOperation, outcome: string, seconds: number): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens tracing where the server's file or the standard environment asks for it; else loads nothing.
 * @param warn told where spans cannot be sent
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function openTracing(
  config: TelemetryConfig | undefined,
  env: Environment,
  warn: (message: string) => void,
): Promise<Tracing | undefined> {
  if (!isAsked(config, env)) return undefined;
  const { OtlpTracing } = await import('./otlp-tracing.ts');
  const { otlpEndpoint, sample = sampleOf(env), roleArns = false } = config ?? {};
  return new OtlpTracing({ ...(otlpEndpoint !== undefined && { otlpEndpoint }), sample, roleArns, warn });
}

function isAsked(config: TelemetryConfig | undefined, env: Environment): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  return Boolean(config?.otlpEndpoint ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT);
}

/** A parent's decision always holds; this is for requests without one. */
function sampleOf({ OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: share }: Environment): number {
  if (sampler.endsWith('always_off')) return 0;
  const ratio = Number(share);
  return sampler.endsWith('traceidratio') && share !== undefined && ratio >= 0 && ratio <= 1 ? ratio : 1;
}
