import { Gauge, type Registry } from 'prom-client';

/** What is read at each scrape. */
export interface MetricSources {
  cachedIdentities: () => number;
  clockOffsetMs: () => number;
  /** When cached credentials end, in milliseconds from now; of a bounded number of identities. */
  expiriesMs?: () => readonly number[];
  /** STS endpoints that are left alone at present. */
  openBreakers?: () => number;
}

const WITHIN: readonly (readonly [label: string, milliseconds: number])[] = [
  ['1m', 60_000],
  ['5m', 300_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['12h', 43_200_000],
];

/** Gauges that cost nothing until they are asked for. */
export function scrapeGauges(registry: Registry, version: string, sources: MetricSources): void {
  const { cachedIdentities, clockOffsetMs, expiriesMs = () => [], openBreakers = () => 0 } = sources;
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum') =>
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      collect() {
        this.set(read());
      },
    });
  gauge('sigv4_credentials_cached', 'Identities in the credentials cache.', cachedIdentities);
  new Gauge({
    name: 'sigv4_credentials_expiring',
    help: 'Identities whose credentials end within a time (1m, 5m, 15m, 1h, 12h); each also counts in the longer ones.',
    labelNames: ['within'],
    registers,
    collect() {
      const expiries = expiriesMs();
      for (const [within, milliseconds] of WITHIN) {
        this.set({ within }, expiries.filter((expiry) => expiry <= milliseconds).length);
      }
    },
  });
  gauge('sigv4_sts_breakers_open', 'STS endpoints that failed ten times in a row and are left alone.', openBreakers);
  gauge(
    'sigv4_clock_offset_seconds',
    "What STS's date adds to this machine's clock; 0 while that is right.",
    () => clockOffsetMs() / 1000,
    'max',
  );
  new Gauge({
    name: 'sigv4_build_info',
    help: 'Always 1; the version is its label.',
    labelNames: ['version', 'node'],
    registers,
    aggregator: 'first',
  }).set({ version, node: process.versions.node }, 1);
}
