import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Attributes,
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { CredentialSource, StsOperation, Subject } from '../credentials/index.ts';
import { type RequestReport, type RequestTrace, roleOf } from '../signer/index.ts';
import type { Tracing } from './open-tracing.ts';
import { parseTraceparent } from './traceparent.ts';

export interface OtlpTracingOptions {
  /** Base URL; absent: as the environment says. */
  otlpEndpoint?: string;
  /** Of requests without a parent, 0 to 1. */
  sample: number;
  roleArns: boolean;
  warn: (message: string) => void;
}

/** A request's span, carried along with it. */
class SpannedRequest implements RequestTrace {
  readonly traceId: string;
  readonly span: Span;
  readonly context: Context;

  constructor(span: Span) {
    this.span = span;
    this.traceId = span.spanContext().traceId;
    this.context = trace.setSpan(ROOT_CONTEXT, span);
  }
}

const WARNINGS_APART_MS = 60_000;
/** Retries included. The end of the process waits as long, and must fit into Kubernetes' 30 s behind the drain. */
const EXPORT_TIMEOUT_MS = 3_000;
/** Spans beyond the queue are dropped: a collector that is away costs no memory. */
const BATCHES = { scheduledDelayMillis: 1_000, maxQueueSize: 8_192, exportTimeoutMillis: EXPORT_TIMEOUT_MS };

/** Sends spans over OTLP/HTTP. */
export class OtlpTracing implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #roleArns: boolean;
  readonly #current = new AsyncLocalStorage<SpannedRequest>();

  constructor({ otlpEndpoint, sample, roleArns, warn }: OtlpTracingOptions) {
    warnSparingly(warn);
    const url = otlpEndpoint === undefined ? {} : { url: `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces` };
    const exporter = new OTLPTraceExporter({ ...url, timeoutMillis: EXPORT_TIMEOUT_MS });
    const resource = resourceFromAttributes({ 'service.name': 'sigv4-extproc' });
    this.#provider = new TracerProvider({
      // The environment's names go before ours.
      resource: resource.merge(detectResources({ detectors: [envDetector] })),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sample) }),
      spanProcessors: [new BatchSpanProcessor({ exporter, ...BATCHES })],
    });
    this.#tracer = this.#provider.getTracer('sigv4-extproc');
    this.#roleArns = roleArns;
  }

  traceRequest(traceparent: string | undefined): RequestTrace {
    const parent = parseTraceparent(traceparent);
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
    return new SpannedRequest(this.#tracer.startSpan('sign', { kind: SpanKind.SERVER }, context));
  }

  requestDone(report: RequestReport): void {
    if (!(report.trace instanceof SpannedRequest)) return;
    const { span } = report.trace;
    if (span.isRecording()) {
      span.setAttributes(this.#attributesOf(report));
      if (report.outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: report.code ?? '' });
    }
    span.end();
  }

  around<S extends Pick<CredentialSource, 'credentialsFor' | 'evict'>>(source: S) {
    const current = this.#current;
    return {
      credentialsFor(identity: Parameters<S['credentialsFor']>[0], subject: Subject = {}) {
        if (!(subject.trace instanceof SpannedRequest)) return source.credentialsFor(identity, subject);
        return current.run(subject.trace, () => source.credentialsFor(identity, subject));
      },
      evict: (credentials: Parameters<S['evict']>[0]) => source.evict(credentials),
    };
  }

  stsCall(operation: StsOperation, outcome: string, seconds: number): void {
    const request = this.#current.getStore();
    if (request === undefined) return;
    const endTime = Date.now();
    const attributes: Attributes = {
      'rpc.system': 'aws-api',
      'rpc.service': 'STS',
      'rpc.method': operation,
      'sigv4.outcome': outcome,
    };
    const span = this.#tracer.startSpan(
      `STS/${operation}`,
      { kind: SpanKind.CLIENT, startTime: endTime - seconds * 1000, attributes },
      request.context,
    );
    if (outcome !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    span.end(endTime);
  }

  close(): Promise<void> {
    return Promise.race([this.#provider.shutdown(), delay(EXPORT_TIMEOUT_MS, undefined, { ref: false })]);
  }

  #attributesOf({ outcome, code, routeName, config, task }: RequestReport): Attributes {
    const role = this.#roleArns && task ? roleOf(task) : undefined;
    return {
      'sigv4.outcome': outcome,
      ...(code !== undefined && { 'sigv4.code': code }),
      ...(routeName !== undefined && { 'sigv4.route': routeName }),
      ...(config && { 'sigv4.service': config.service, 'sigv4.region': config.region }),
      ...(role !== undefined && { 'sigv4.role': role }),
    };
  }
}

/** The collector's absence is worth a line, not one for each batch. */
function warnSparingly(warn: (message: string) => void): void {
  let last = Number.NEGATIVE_INFINITY;
  const tell = (message: string) => {
    if (performance.now() - last < WARNINGS_APART_MS) return;
    last = performance.now();
    warn(message);
  };
  const ignore = () => undefined;
  const logger = { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
