import { type BenchSts, startBenchSts } from '../contenders/sts.ts';
import { describeMachine } from '../report/machine.ts';
import type { Results, WorkloadResult } from '../report/results.ts';
import { type Measured, verdictsOf } from '../report/verdicts.ts';
import { saturate } from '../saturate.ts';
import { besideLargeNote, measureBesideLarge } from './beside-large.ts';
import { measureCallers } from './callers.ts';
import { coldNote, measureCold } from './cold.ts';
import { CONTENDER_NAMES, measurePlain, PLAIN_WORKLOADS } from './plain.ts';
import { measureRoutes } from './routes.ts';
import { type FormSettings, roundsOf } from './settings.ts';
import { measureStarts } from './starts.ts';
import { measureUploads } from './uploads.ts';
import { measureWorkers } from './workers.ts';

const STOCK_CONNECTIONS = 64;
const MOST_CHILDREN = 50;
const COLD = { atOnce: 1_000, perSecond: 100 };

const PLAIN_NAMES = PLAIN_WORKLOADS.map(({ workload }) => workload.name);

/** What there is to measure, in its order. */
export const MEASUREMENTS: readonly string[] = [
  ...PLAIN_NAMES,
  'streaming',
  'callers',
  'routes',
  'workers',
  'cold',
  'beside-large',
  'starts',
  'stock',
];
/** Who takes part, where more than one can. */
export const CONTENDERS: readonly string[] = [...CONTENDER_NAMES, 'noop-echo'];

export interface Selection {
  measurements: readonly string[];
  contenders: readonly string[];
}

/** Measures what is chosen, one after the other. */
export async function measureAll(
  { measurements, contenders }: Selection,
  settings: FormSettings,
  log: (line: string) => void,
): Promise<Results> {
  // Each child process is ended with this one, by a listener of its own; there are two for each contender.
  process.setMaxListeners(MOST_CHILDREN);
  const notes = new Set<string>();
  const machine = await describeMachine();
  const rounds = roundsOf(settings, log);
  const wants = (name: string) => measurements.includes(name);
  const workloads: WorkloadResult[] = await measurePlain({ workloads: measurements, contenders }, rounds, (name) =>
    notes.add(`${name} was left out: there is no Go to build it.`),
  );
  if (wants('streaming')) workloads.push(await measureUploads(settings.uploadSeconds, contenders, rounds));
  const measured: Measured = { workloads };
  if (wants('callers') || wants('cold')) {
    await using stack = new AsyncDisposableStack();
    const sts: BenchSts = await startBenchSts();
    stack.defer(sts.close);
    if (wants('callers')) workloads.push(await measureCallers(settings.callers, sts, rounds));
    if (wants('cold')) {
      log('Cached callers beside cold ones …');
      measured.cold = await measureCold(sts, { ...COLD, rounds: settings.coldRounds, log });
      const lost = measured.cold.reduce((sum, { coldBad }) => sum + coldBad, 0);
      notes.add(coldNote(measured.cold));
      if (lost > 0) notes.add(`${lost} cold callers got another answer than 2xx.`);
    }
  }
  if (wants('routes')) workloads.push(await measureRoutes(settings.routes, rounds));
  if (wants('workers')) workloads.push(await measureWorkers(settings.workers, rounds));
  if (wants('beside-large')) {
    log('Requests beside bodies of 1 MiB …');
    measured.besideLarge = await measureBesideLarge(settings.largeRounds, log);
    notes.add(besideLargeNote(measured.besideLarge));
  }
  if (wants('starts')) {
    log('Starts …');
    measured.starts = await measureStarts(settings.starts);
  }
  if (wants('stock')) {
    log(`${settings.stockSeconds} s at saturation with stock settings …`);
    const seconds = settings.stockSeconds;
    measured.stock = { seconds, result: await saturate({ seconds, connections: STOCK_CONNECTIONS, bodyBytes: 0 }) };
  }
  const bad = workloads.flatMap(({ contenders }) => contenders.flatMap((entry) => entry.rounds.map((one) => one.bad)));
  const lost = bad.reduce((sum, count) => sum + count, 0);
  if (lost > 0) notes.add(`${lost} measured requests got another answer than 2xx.`);
  return {
    at: new Date().toISOString(),
    form: settings.form,
    machine,
    workloads,
    verdicts: verdictsOf(measured),
    notes: [...notes],
  };
}
