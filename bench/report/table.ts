import { type Summary, summarize } from '../statistics.ts';
import {
  envoyUs,
  figures,
  type Results,
  type Round,
  requestsPerSecond,
  serverUs,
  type Verdict,
  type WorkloadResult,
} from './results.ts';
import { aligned, type Row, withSpread } from './text-table.ts';
import { cpuRatio } from './verdicts.ts';

/** Contenders that others are compared to, in each workload the first that took part. */
const PEERS = ['gosign'];
const FLOORS = ['noop', 'noop-sha256', 'noop-echo'];

/** The whole of the results as text. */
export function renderResults({ workloads, verdicts, machine, notes, form, at }: Results): string {
  const { cpu, cores, memoryGb, kernel, node, envoy, go, loadBefore } = machine;
  const tools = `Node ${node}, Envoy ${envoy}${go === undefined ? '' : `, Go ${go}`}`;
  const about = `${cpu}, ${cores} cores, ${memoryGb} GB, Linux ${kernel}; ${tools}; load ${loadBefore.toFixed(1)} before; ${form} form, ${at}`;
  return [about, ...workloads.map(renderWorkload), ...renderVerdicts(verdicts), ...notes].join('\n\n');
}

/** One workload: a row for each contender, with medians ± spreads, and the servers' CPU against others'. */
export function renderWorkload(workload: WorkloadResult): string {
  const { title, rate, contenders } = workload;
  const names = contenders.map(({ name }) => name);
  const peer = PEERS.find((name) => names.includes(name));
  const floor = FLOORS.find((name) => names.includes(name));
  const first = names[0];
  // Contenders that are all this service have nothing to be compared to but the first of them.
  const others = [peer, floor].filter((name) => name !== undefined);
  const compared = others.length > 0 || first === undefined ? others : [first];
  const heading: Row = [
    'contender',
    'server µs',
    'Envoy µs',
    'req/s',
    ...(rate === undefined ? [] : ['p50 ms', 'p99 ms', 'p99.9 ms']),
    'RSS MB',
    'PSS MB',
    ...compared.map((name) => `CPU / ${name}`),
  ];
  const rows = contenders.map(({ name, memory, rounds }): Row => {
    const summary = (figure: (round: Round) => number) => summarize(figures(workload, name, figure));
    const hasServer = memory !== undefined;
    return [
      name,
      hasServer ? withSpread(summary(serverUs)) : '',
      withSpread(summary(envoyUs)),
      withSpread(summary(requestsPerSecond)),
      ...(rate === undefined
        ? []
        : (['p50', 'p99', 'p999'] as const).map((key) =>
            withSpread(summary(({ latencyMs }) => latencyMs?.[key] ?? NaN)),
          )),
      hasServer ? (memory.rssBytes / 1e6).toFixed(0) : '',
      hasServer ? (memory.pssBytes / 1e6).toFixed(0) : '',
      ...compared.map((other) => (hasServer && rounds.length > 0 ? ratioText(cpuRatio(workload, name, other)) : '')),
    ];
  });
  const at = rate === undefined ? '' : `, latency at ${rate} a second`;
  return `${title} (CPU per request at saturation${at}; ${contenders[0]?.rounds.length} rounds)\n${aligned([heading, ...rows])}`;
}

function renderVerdicts(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const rows = verdicts.map(
    ({ what, value, bound, unit, met }): Row => [
      what,
      `${withSpread(value)} ${unit}`.trim(),
      `${bound} ${unit}`.trim(),
      met ? 'met' : 'MISSED',
    ],
  );
  return [aligned([['must reach', 'measured', 'at most', ''], ...rows])];
}

function ratioText(summary: Summary | undefined): string {
  return summary === undefined ? '' : `${summary.median.toFixed(2)} ±${summary.spread.toFixed(2)}`;
}
