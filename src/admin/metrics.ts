import { collectDefaultMetrics, Registry } from 'prom-client';
import type {
  CredentialsObserver,
  LookupOutcome,
  SharedCacheOutcome,
  StsOperation,
  TokenCheckOutcome,
} from '../credentials/index.ts';
import type {
  Rejection,
  RequestObserver,
  RequestReport,
  Stage,
  StageObserver,
  VerdictObserver,
} from '../signer/index.ts';
import { BoundedNames } from './bounded-names.ts';
import { metricFamilies } from './metric-families.ts';
import { type MetricSources, scrapeGauges } from './scraped-metrics.ts';
import { VERSION } from './version.ts';

/** Routes are named by Envoy's operator, services by whoever writes routes: neither may fill Prometheus. */
const ROUTES_NAMED = 500;
const SERVICES_NAMED = 100;

/** The service's Prometheus metrics; fed as the observer of requests and of credentials. */
export class Metrics implements RequestObserver, StageObserver, CredentialsObserver, VerdictObserver {
  readonly registry = new Registry();
  readonly #families = metricFamilies(this.registry);
  readonly #routes = new BoundedNames(ROUTES_NAMED);
  #openStreams = 0;
  readonly #services = new BoundedNames(SERVICES_NAMED);

  constructor(sources: MetricSources) {
    collectDefaultMetrics({ register: this.registry });
    scrapeGauges(this.registry, VERSION, sources);
  }

  configReloaded(outcome: 'ok' | 'failed'): void {
    this.#families.reloads.inc({ outcome });
  }

  rejectedByAws(code: Rejection, service: string): void {
    this.#families.rejections.inc({ code, service: this.#services.name(service) });
  }

  targetClock(seconds: number): void {
    this.#families.targetClock.set(seconds);
  }

  /** ext_proc streams that are open. */
  get openStreams(): number {
    return this.#openStreams;
  }

  streamOpened(): void {
    this.#openStreams++;
    this.#families.streams.inc();
  }

  streamClosed(reset = false): void {
    this.#openStreams--;
    this.#families.streams.dec();
    if (reset) this.#families.resets.inc();
  }

  requestDone(report: RequestReport): void {
    const { outcome, seconds } = report;
    const code = report.code ?? '';
    const service = report.service === undefined ? '' : this.#services.name(report.service);
    const route = report.routeName === undefined ? '' : this.#routes.name(report.routeName);
    this.#families.requests.count(outcome, code, service, route);
    this.#families.duration.add(outcome, seconds);
  }

  stageDone(stage: Stage, milliseconds: number): void {
    this.#families.stages.add(stage, milliseconds / 1000);
  }

  stsCall(operation: StsOperation, outcome: string, seconds: number): void {
    this.#families.stsCalls.inc({ operation, outcome });
    this.#families.stsDuration.add(operation, seconds);
  }

  cacheLookup(outcome: LookupOutcome): void {
    this.#families.lookups.count(outcome);
  }

  sharedCache(outcome: SharedCacheOutcome): void {
    this.#families.shared.inc({ outcome });
  }

  tokenCheck(outcome: TokenCheckOutcome): void {
    this.#families.tokenChecks.inc({ outcome });
  }

  tokenKeysRead(outcome: 'ok' | 'failed'): void {
    this.#families.tokenKeys.inc({ outcome });
  }

  refreshed(outcome: string): void {
    this.#families.refreshes.inc({ outcome });
  }
}
