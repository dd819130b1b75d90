import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type {
  CredentialsObserver,
  LookupOutcome,
  SharedCacheOutcome,
  StsOperation,
  TokenCheckOutcome,
} from '../credentials/index.ts';
import type { Rejection, RequestObserver, RequestReport, VerdictObserver } from '../signer/index.ts';

/** What is read at each scrape. */
export interface MetricSources {
  cachedIdentities: () => number;
  clockOffsetMs: () => number;
}

/** The service's Prometheus metrics; fed as the observer of requests and of credentials. */
export class Metrics implements RequestObserver, CredentialsObserver, VerdictObserver {
  readonly registry = new Registry();

  readonly #requests = new Counter({
    name: 'sigv4_requests_total',
    help: 'Requests by outcome (signed, refused, passed, aborted), error code and service.',
    labelNames: ['outcome', 'code', 'service'],
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'sigv4_request_duration_seconds',
    help: 'From the first message of a request to its deciding answer, the wait for its body included.',
    labelNames: ['outcome'],
    buckets: [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });
  readonly #streams = new Gauge({
    name: 'sigv4_streams_open',
    help: 'ext_proc streams that are open.',
    registers: [this.registry],
  });
  readonly #stsCalls = new Counter({
    name: 'sigv4_sts_calls_total',
    help: 'Calls to STS by operation and outcome (ok, or the error code).',
    labelNames: ['operation', 'outcome'],
    registers: [this.registry],
  });
  readonly #stsDuration = new Histogram({
    name: 'sigv4_sts_duration_seconds',
    help: 'Duration of calls to STS.',
    labelNames: ['operation'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });
  readonly #lookups = new Counter({
    name: 'sigv4_credentials_lookups_total',
    help: 'Look-ups in the credentials cache by outcome (hit, miss, refused: a refusal repeated from memory).',
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  readonly #refreshes = new Counter({
    name: 'sigv4_credentials_refreshes_total',
    help: 'Credentials fetched anew ahead of their expiry, by outcome (ok, or the error code).',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly #shared = new Counter({
    name: 'sigv4_shared_cache_total',
    help: 'What became of the cache shared by replicas (hit, miss, stored, waited, down, timeout, refused).',
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  readonly #tokenChecks = new Counter({
    name: 'sigv4_token_checks_total',
    help: "Checks of callers' tokens (verified, remembered, refused, unavailable: the issuer's keys could not be read).",
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  readonly #tokenKeys = new Counter({
    name: 'sigv4_token_keys_reads_total',
    help: "Readings of issuers' keys (ok, failed).",
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  readonly #rejections = new Counter({
    name: 'sigv4_aws_rejections_total',
    help: "AWS's answers against a signature, by its error code; only where the filter sends response headers.",
    labelNames: ['code', 'service'],
    registers: [this.registry],
  });
  readonly #targetClock = new Gauge({
    name: 'sigv4_target_clock_offset_seconds',
    help: "How far the last target's clock was ahead of this one; only where the filter sends response headers.",
    registers: [this.registry],
  });

  readonly #reloads = new Counter({
    name: 'sigv4_config_reloads_total',
    help: "Readings of the server's file after its first (ok; failed: the settings before stay in use).",
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  constructor({ cachedIdentities, clockOffsetMs }: MetricSources) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    gauge('sigv4_credentials_cached', 'Identities in the credentials cache.', cachedIdentities);
    gauge(
      'sigv4_clock_offset_seconds',
      "What STS's date adds to this machine's clock; 0 while that is right.",
      () => clockOffsetMs() / 1000,
    );
  }

  configReloaded(outcome: 'ok' | 'failed'): void {
    this.#reloads.inc({ outcome });
  }

  rejectedByAws(code: Rejection, service: string): void {
    this.#rejections.inc({ code, service });
  }

  targetClock(seconds: number): void {
    this.#targetClock.set(seconds);
  }

  streamOpened(): void {
    this.#streams.inc();
  }

  streamClosed(): void {
    this.#streams.dec();
  }

  requestDone({ outcome, code, service, seconds }: RequestReport): void {
    this.#requests.inc({ outcome, code: code ?? '', service: service ?? '' });
    this.#duration.observe({ outcome }, seconds);
  }

  stsCall(operation: StsOperation, outcome: string, seconds: number): void {
    this.#stsCalls.inc({ operation, outcome });
    this.#stsDuration.observe({ operation }, seconds);
  }

  cacheLookup(outcome: LookupOutcome): void {
    this.#lookups.inc({ outcome });
  }

  sharedCache(outcome: SharedCacheOutcome): void {
    this.#shared.inc({ outcome });
  }

  tokenCheck(outcome: TokenCheckOutcome): void {
    this.#tokenChecks.inc({ outcome });
  }

  tokenKeysRead(outcome: 'ok' | 'failed'): void {
    this.#tokenKeys.inc({ outcome });
  }

  refreshed(outcome: string): void {
    this.#refreshes.inc({ outcome });
  }
}
