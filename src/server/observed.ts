import type { Metrics } from '../admin/index.ts';
import type { RequestObserver, RequestReport } from '../signer/index.ts';
import type { Logger } from './log.ts';

/** Metrics for each request, a log line for each that was refused. */
export function observed(metrics: Metrics, log: Logger): RequestObserver {
  return {
    streamOpened: () => metrics.streamOpened(),
    streamClosed: () => metrics.streamClosed(),
    requestDone(report: RequestReport) {
      metrics.requestDone(report);
      if (report.outcome === 'signed' || report.outcome === 'aborted') return;
      const { outcome, code, service, routeName, requestId, error } = report;
      const about = { outcome, code, service, route: routeName, request_id: requestId, err: error };
      if (code === 'SIGV4_INTERNAL') log.error(about, 'request refused by a defect');
      else log.warn(about, outcome === 'passed' ? 'request passed unsigned' : 'request refused');
    },
  };
}
