import type { Contender } from '../contenders/contender.ts';
import type { ListenerName } from '../contenders/envoy-configs.ts';
import { Histogram } from '../histogram.ts';
import { goodAndBad, type NextRequest, runLoad, sumOf } from '../load.ts';
import { evenly } from '../metronome.ts';
import { runPacedLoad } from '../paced-load.ts';
import { cpuSecondsOf, memoryOf } from '../proc.ts';
import type { ContenderResult, Round, WorkloadResult } from '../report/results.ts';

/** Contenders take turns so often where latencies are compared, as a shared machine changes from one second to the next. */
const SLICE_SECONDS = 1;
/** Ahead of each slice, and no part of it. */
const SETTLE_SECONDS = 0.1;
/** Latency is taken at half of what the slowest contender can do. */
const SHARE_OF_SATURATION = 0.5;
const MOST_WARM_MS = 8_000;
/** More than this share of other answers than 2xx is no measurement. */
const BAD_SHARE = 0.01;

export interface Workload {
  name: string;
  title: string;
  listener: ListenerName;
  /** At saturation. */
  connections: number;
  /** Ahead of the first round, however long they take: until then what is measured is a compiler at work. */
  warmRequests: number;
  requests(contender: Contender): NextRequest;
}

export interface RoundSettings {
  rounds: number;
  warmSeconds: number;
  saturationSeconds: number;
  /** Of each contender in each round, in whole seconds; 0: no latency. */
  latencySeconds: number;
  log(line: string): void;
}

/**
 * Measures contenders side by side: in each round all of them in turn, at saturation and then, in shorter turns, at one
 * rate below it. The order turns round from one round to the next, so that what drifts favours nobody.
 * @throws Error when a contender does not answer with 2xx
 */
export async function measure(
  workload: Workload,
  contenders: readonly Contender[],
  settings: RoundSettings,
): Promise<WorkloadResult> {
  const { rounds, warmSeconds, saturationSeconds, latencySeconds, log } = settings;
  const warm = new Map<Contender, number>();
  for (const contender of contenders) warm.set(contender, await warmUp(workload, contender, warmSeconds));
  const results = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
  let rate = 0;
  for (let index = 0; index < rounds; index++) {
    const turn = index % 2 === 0 ? contenders : contenders.toReversed();
    const round = new Map<Contender, Round>();
    for (const contender of turn) round.set(contender, await saturate(workload, contender, saturationSeconds));
    if (rate === 0) rate = roundedRate([...round].map(([one, { rps }]) => Math.max(rps, warm.get(one) ?? 0)));
    if (latencySeconds > 0) await paceInSlices(workload, round, rate, latencySeconds / SLICE_SECONDS);
    for (const [contender, figures] of round) results.get(contender)?.push(figures);
    log(`  round ${index + 1} of ${rounds}: ${turn.map((contender) => line(contender, round)).join(', ')}`);
  }
  return {
    name: workload.name,
    title: workload.title,
    ...(latencySeconds > 0 && { rate }),
    contenders: await Promise.all([...results].map(([contender, own]) => resultOf(contender, own))),
  };
}

/** @returns answers a second at the end of it */
async function warmUp(workload: Workload, contender: Contender, seconds: number): Promise<number> {
  const end = performance.now() + MOST_WARM_MS;
  let rps = 0;
  for (let answers = 0; answers < workload.warmRequests && performance.now() < end; answers += rps * seconds) {
    ({ rps } = await saturate(workload, contender, seconds));
  }
  return rps;
}

/** One contender at saturation. */
async function saturate(workload: Workload, contender: Contender, seconds: number): Promise<Round> {
  const { server, envoy } = contender;
  const before = await cpuOf(server?.pid, envoy.pid);
  const result = await runLoad({
    port: contender.portOf(workload.listener),
    connections: workload.connections,
    seconds,
    next: workload.requests(contender),
  });
  const after = await cpuOf(server?.pid, envoy.pid);
  const { good, bad } = goodAndBad(result);
  if (good === 0 || bad > BAD_SHARE * good) {
    const statuses = [...result.byStatus, ...result.errorKinds].map(([kind, count]) => `${count} × ${kind}`);
    throw new Error(`${contender.name}, ${workload.name}: not 2xx but ${statuses.join(', ')}`);
  }
  const answers = sumOf(result.byStatus);
  const perAnswer = (used: number) => (used * 1e6) / answers;
  return {
    rps: result.rps,
    serverUs: perAnswer(after.server - before.server),
    envoyUs: perAnswer(after.envoy - before.envoy),
    bad,
  };
}

/** Latencies of all contenders of a round: A B B A, so that neighbours are compared within seconds. */
async function paceInSlices(
  workload: Workload,
  round: ReadonlyMap<Contender, Round>,
  rate: number,
  slices: number,
): Promise<void> {
  const taken = new Map([...round.values()].map((figures): [Round, Histogram[]] => [figures, []]));
  for (let index = 0; index < slices; index++) {
    for (const [contender, figures] of index % 2 === 0 ? round : [...round].reverse()) {
      const { latency, bad } = await pace(workload, contender, rate);
      taken.get(figures)?.push(latency);
      figures.bad += bad;
    }
  }
  for (const [figures, own] of taken) {
    figures.slicesP50Ms = own.map((latency) => latency.percentiles().p50);
    figures.latencyMs = Histogram.of(own).percentiles();
  }
}

async function pace(workload: Workload, contender: Contender, rate: number) {
  const result = await runPacedLoad({
    port: contender.portOf(workload.listener),
    dueMs: evenly(rate, SETTLE_SECONDS + SLICE_SECONDS),
    next: workload.requests(contender),
    warm: Math.round(rate * SETTLE_SECONDS),
  });
  return { latency: result.latency, bad: goodAndBad(result).bad };
}

async function cpuOf(server: number | undefined, envoy: number): Promise<{ server: number; envoy: number }> {
  const [ofServer, ofEnvoy] = await Promise.all([server === undefined ? 0 : cpuSecondsOf(server), cpuSecondsOf(envoy)]);
  return { server: ofServer, envoy: ofEnvoy };
}

/** Of what each can do, the least; to two digits, so that runs of about the same speed are at the same rate. */
function roundedRate(saturations: readonly number[]): number {
  return Math.max(1, Number((Math.min(...saturations) * SHARE_OF_SATURATION).toPrecision(2)));
}

async function resultOf({ name, server }: Contender, rounds: Round[]): Promise<ContenderResult> {
  return { name, rounds, ...(server && { memory: await memoryOf(server.pid) }) };
}

function line(contender: Contender, round: ReadonlyMap<Contender, Round>): string {
  const { serverUs = 0, envoyUs = 0 } = round.get(contender) ?? {};
  return `${contender.name} ${Math.round(contender.server ? serverUs : envoyUs)} µs`;
}
