import { Counter, Gauge, type Registry } from 'prom-client';
import { LeanCounter, LeanHistogram } from './lean-metrics.ts';

/** In seconds. What is computed here takes microseconds, what asks others milliseconds and more. */
const REQUEST_BUCKETS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
const STAGE_BUCKETS = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 1, 3];
const STS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Every metric of the service's own, but for those that are read at a scrape. docs/telemetry.md explains each. */
export function metricFamilies(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers });
  return {
    requests: new LeanCounter({
      name: 'sigv4_requests_total',
      help: 'Requests by outcome (signed, refused, failed, passed, aborted), error code, service and route.',
      labelNames: ['outcome', 'code', 'service', 'route'],
      registers,
    }),
    duration: new LeanHistogram({
      name: 'sigv4_request_duration_seconds',
      help: 'From the first message of a request to its deciding answer, the wait for its body included.',
      label: 'outcome',
      buckets: REQUEST_BUCKETS,
      registers,
    }),
    stages: new LeanHistogram({
      name: 'sigv4_stage_duration_seconds',
      help: 'Time in one stage of a request (config, credentials, hashing, signing); every seventh is timed.',
      label: 'stage',
      buckets: STAGE_BUCKETS,
      registers,
    }),
    streams: new Gauge({ name: 'sigv4_streams_open', help: 'ext_proc streams that are open.', registers }),
    resets: counter(
      'sigv4_streams_reset_total',
      'Streams that the peer ended by an HTTP/2 reset, as Envoy usually does.',
    ),
    stsCalls: counter('sigv4_sts_calls_total', 'Calls to STS by operation and outcome (ok, or the error code).', [
      'operation',
      'outcome',
    ]),
    stsDuration: new LeanHistogram({
      name: 'sigv4_sts_duration_seconds',
      help: 'Duration of calls to STS.',
      label: 'operation',
      buckets: STS_BUCKETS,
      registers,
    }),
    lookups: new LeanCounter({
      name: 'sigv4_credentials_lookups_total',
      help: 'Look-ups in the credentials cache by outcome (hit, miss, refused: a refusal repeated from memory).',
      labelNames: ['outcome'],
      registers,
    }),
    refreshes: counter(
      'sigv4_credentials_refreshes_total',
      'Credentials fetched anew ahead of their expiry, by outcome (ok, or the error code).',
      ['outcome'],
    ),
    shared: counter(
      'sigv4_shared_cache_total',
      'What became of the cache shared by replicas (hit, miss, stored, waited, down, timeout, refused).',
      ['outcome'],
    ),
    tokenChecks: counter(
      'sigv4_token_checks_total',
      "Checks of callers' tokens (verified, remembered, refused, unavailable: the issuer's keys could not be read).",
      ['outcome'],
    ),
    tokenKeys: counter('sigv4_token_keys_reads_total', "Readings of issuers' keys (ok, failed).", ['outcome']),
    reloads: counter(
      'sigv4_config_reloads_total',
      "Readings of the server's file after its first (ok; failed: the settings before stay in use).",
      ['outcome'],
    ),
    rejections: counter(
      'sigv4_aws_rejections_total',
      "AWS's answers against a signature, by its error code; only where the filter sends response headers.",
      ['code', 'service'],
    ),
    targetClock: new Gauge({
      name: 'sigv4_target_clock_offset_seconds',
      help: "How far the last target's clock was ahead of this one; only where the filter sends response headers.",
      registers,
      aggregator: 'max',
    }),
  };
}
