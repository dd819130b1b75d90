import type { LoadResult } from '../load.ts';
import { goodAndBad } from '../load.ts';
import type { LargeRound } from '../runs/beside-large.ts';
import { callersName } from '../runs/callers.ts';
import { type ColdRound, calmRounds } from '../runs/cold.ts';
import type { Start } from '../runs/starts.ts';
import { difference, paired, ratio, type Summary, summarize } from '../statistics.ts';
import { figures, serverUs, type Verdict, type WorkloadResult } from './results.ts';

const MEGABYTE = 1e6;
export const MANY_CALLERS = 100_000;

/** All that verdicts are made of; what was not measured is absent. */
export interface Measured {
  workloads: readonly WorkloadResult[];
  cold?: readonly ColdRound[] | undefined;
  besideLarge?: readonly LargeRound[] | undefined;
  starts?: readonly Start[] | undefined;
  stock?: { result: LoadResult; seconds: number } | undefined;
}

/** The bounds that the project has set itself, as far as their figures were measured. */
export function verdictsOf({ workloads, cold, besideLarge, starts, stock }: Measured): Verdict[] {
  const find = (name: string) => workloads.find((workload) => workload.name === name);
  return [
    verdict('cpu-to-gosign', 'CPU per signed header-only request, ours / gosign', 1.25, '×', () =>
      cpuRatio(find('headers'), 'ours-tcp', 'gosign'),
    ),
    verdict('cpu-of-1-mib', 'CPU with a 1 MiB signed body, ours / no-op server with one SHA-256', 1.1, '×', () =>
      cpuRatio(find('body-1m'), 'ours-tcp', 'noop-sha256'),
    ),
    verdict('latency-added', 'latency added at half of saturation, p50, ours − no-op server', 0.15, 'ms', () =>
      latencyAdded(find('headers')),
    ),
    verdict(
      'cached-beside-cold',
      'p99 of cached callers beside 1,000 cold ones and a slow STS / without',
      1.2,
      '×',
      () => cold && summarize(calmRounds(cold).map(({ withMs, withoutMs }) => withMs / withoutMs)),
    ),
    verdict(
      'beside-large',
      'a 1 MiB body delays others by, p99 beside signed ones − beside ones that Envoy alone takes',
      1,
      'ms',
      () =>
        besideLarge &&
        summarize(besideLarge.map(({ besideUnsigned, besideSigned }) => besideSigned.p99 - besideUnsigned.p99)),
    ),
    verdict(
      'memory-idle',
      'resident memory, idle',
      120,
      'MB',
      () => starts && summarize(starts.map(({ idleRssBytes }) => idleRssBytes / MEGABYTE)),
    ),
    verdict('memory-of-callers', 'resident memory with 100,000 callers cached', 400, 'MB', () =>
      memoryOfCallers(find('callers')),
    ),
    verdict(
      'start',
      'start to ready',
      0.7,
      's',
      () => starts && summarize(starts.map(({ readySeconds }) => readySeconds)),
    ),
    verdict(
      'other-than-2xx',
      `other answers than 2xx in ${stock?.seconds} s at saturation, stock Envoy`,
      0,
      '',
      () => stock && summarize([goodAndBad(stock.result).bad]),
    ),
  ].filter((entry) => entry !== undefined);
}

/** Of a workload in which both took part: the paired ratio of their servers' CPU per request. */
export function cpuRatio(workload: WorkloadResult | undefined, ours: string, other: string): Summary | undefined {
  if (workload === undefined) return undefined;
  const [own, others] = [figures(workload, ours, serverUs), figures(workload, other, serverUs)];
  return own.length === 0 || others.length === 0 ? undefined : paired(own, others, ratio);
}

function latencyAdded(workload: WorkloadResult | undefined): Summary | undefined {
  if (workload?.rate === undefined) return undefined;
  const p50 = (name: string) => figures(workload, name, ({ slicesP50Ms = [] }) => slicesP50Ms).flat();
  const [own, others] = [p50('ours-tcp'), p50('noop')];
  return own.length === 0 || others.length === 0 ? undefined : paired(own, others, difference);
}

function memoryOfCallers(workload: WorkloadResult | undefined): Summary | undefined {
  const many = workload?.contenders.find(({ name }) => name === callersName(MANY_CALLERS));
  return many?.memory && summarize([many.memory.rssBytes / MEGABYTE]);
}

function verdict(
  name: string,
  what: string,
  bound: number,
  unit: string,
  measure: () => Summary | undefined,
): Verdict | undefined {
  const value = measure();
  return value && { name, what, value, bound, unit, met: value.median <= bound };
}
