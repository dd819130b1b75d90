import { anyCaller } from '../contenders/callers.ts';
import type { Contender } from '../contenders/contender.ts';
import type { BenchSts } from '../contenders/sts.ts';
import { goodAndBad } from '../load.ts';
import { evenly } from '../metronome.ts';
import { runPacedLoad } from '../paced-load.ts';
import { withSpread } from '../report/text-table.ts';
import { summarize } from '../statistics.ts';
import { fill, type Patience, startBeside, startForCallers } from './callers.ts';
import { startLoad } from './child-load.ts';

const CACHED = 1_000;
const STS_DELAY_MS = 5_000;
/** Of cached callers; low enough for any machine to have time left. */
const CACHED_PER_SECOND = 500;
const SECONDS = 30;
/**
 * Of those of the start, and of those who follow until the first are served, all wait at once: the circuit breaker of
 * the server's cluster is raised, as Envoy by itself would turn away all beyond 1,024 streams.
 */
const PATIENCE: Patience = { streams: 4096, seconds: 30 };

/** 99 of 100 cached callers' latencies in milliseconds, in one round. */
export interface ColdRound {
  withoutMs: number;
  /** Beside cold callers at another Envoy, as on another machine: what the two have in common is the server. */
  withMs: number;
  /** Beside cold callers at the same Envoy, which the crowd takes time of as well. */
  sameEnvoyMs: number;
  /** Cold callers who got no answer of 2xx. */
  coldBad: number;
}

export interface ColdSettings {
  rounds: number;
  /** Who are all there at once, and how many more come each second. */
  atOnce: number;
  perSecond: number;
  log(line: string): void;
}

/**
 * What a slow STS does to callers whose credentials are cached: 1,000 of them at a fixed rate, alone, and while others
 * wait for an STS that takes 5 s.
 */
export async function measureCold(sts: BenchSts, settings: ColdSettings): Promise<ColdRound[]> {
  await using stack = new AsyncDisposableStack();
  const contender = await startForCallers('cold', sts, PATIENCE);
  stack.defer(contender.close);
  const elsewhere = await startBeside(contender, 'cold elsewhere', PATIENCE);
  stack.defer(elsewhere.close);
  stack.defer(() => sts.delay(0));
  await fill(contender, CACHED, 'cached');
  await cachedP99(contender);
  const beside = async (gateway: Contender, crowd: string) => {
    await sts.delay(STS_DELAY_MS);
    const { atOnce, perSecond } = settings;
    const cold = await startLoad('cold-callers.ts', [gateway.portOf('gateway'), crowd, atOnce, perSecond, SECONDS]);
    const p99 = await cachedP99(contender);
    const bad = await cold.bad;
    await sts.delay(0);
    return { p99, bad };
  };
  const rounds: ColdRound[] = [];
  for (let index = 0; index < settings.rounds; index++) {
    const withoutMs = await cachedP99(contender);
    const other = await beside(elsewhere, `elsewhere-${index}`);
    const same = await beside(contender, `same-${index}`);
    const round = { withoutMs, withMs: other.p99, sameEnvoyMs: same.p99, coldBad: other.bad + same.bad };
    rounds.push(round);
    settings.log(`  round ${index + 1} of ${settings.rounds}: ${line(round)}`);
  }
  return rounds;
}

async function cachedP99(contender: Contender): Promise<number> {
  const result = await runPacedLoad({
    port: contender.portOf('gateway'),
    dueMs: evenly(CACHED_PER_SECOND, SECONDS),
    next: anyCaller(CACHED, 'cached'),
  });
  const { bad } = goodAndBad(result);
  if (bad > 0) throw new Error(`${bad} requests of cached callers failed`);
  return result.latency.percentiles().p99;
}

function line({ withoutMs, withMs, sameEnvoyMs }: ColdRound): string {
  return `p99 ${withoutMs.toFixed(2)} ms, beside cold callers ${withMs.toFixed(2)} ms, at the same Envoy ${sameEnvoyMs.toFixed(2)} ms`;
}

/** What the verdict leaves out. */
export function coldNote(rounds: readonly ColdRound[]): string {
  const times = withSpread(summarize(rounds.map(({ sameEnvoyMs, withoutMs }) => sameEnvoyMs / withoutMs)));
  return `Where cold callers come through the Envoy of the cached ones, p99 is ${times} times that without them: the crowd's own time at Envoy and on the cores.`;
}
