import type { Journal, Metrics } from '../admin/index.ts';
import type { CredentialsObserver } from '../credentials/index.ts';
import type { RequestObserver, RequestReport } from '../signer/index.ts';
import { parseTraceparent, type Tracing } from '../tracing/index.ts';
import type { Logger } from './log.ts';

export interface Observed {
  metrics: Metrics;
  journal: Journal;
  log: Logger;
  /** Share of the signed requests that get a log line, 0 to 1. */
  accessSample: number;
  tracing: Tracing | undefined;
}

/** Metrics, the operator's page and spans for each request; a log line for each that was not signed, and for some. */
export function requestObserver({ metrics, journal, log, accessSample, tracing }: Observed): RequestObserver {
  return {
    streamOpened: () => metrics.streamOpened(),
    streamClosed: (reset) => metrics.streamClosed(reset),
    requestDone(report) {
      metrics.requestDone(report);
      journal.requestDone(report);
      tracing?.requestDone(report);
      logRequest(report, log, accessSample);
    },
    ...(tracing && { traceRequest: (traceparent) => tracing.traceRequest(traceparent) }),
  };
}

export function credentialsObserver({ metrics, journal, tracing }: Observed): CredentialsObserver {
  return {
    stsCall(operation, outcome, seconds) {
      metrics.stsCall(operation, outcome, seconds);
      journal.stsCall(outcome);
      tracing?.stsCall(operation, outcome, seconds);
    },
    cacheLookup: (outcome) => metrics.cacheLookup(outcome),
    refreshed: (outcome) => metrics.refreshed(outcome),
  };
}

function logRequest(report: RequestReport, log: Logger, accessSample: number): void {
  const { outcome, code, error, seconds } = report;
  switch (outcome) {
    case 'aborted':
      return;
    case 'signed':
      if (accessSample > 0 && Math.random() < accessSample) log.info({ ...about(report), seconds }, 'request signed');
      return;
    case 'passed':
      log.warn(about(report), 'request passed unsigned');
      return;
    default:
      if (code === 'SIGV4_INTERNAL') log.error({ ...about(report), err: error }, 'request refused by a defect');
      else log.warn({ ...about(report), err: error }, 'request refused');
  }
}

function about({ outcome, code, service, config, routeName, requestId, trace, traceparent }: RequestReport): object {
  const trace_id = trace?.traceId ?? parseTraceparent(traceparent)?.traceId;
  return { outcome, code, service, region: config?.region, route: routeName, request_id: requestId, trace_id };
}
