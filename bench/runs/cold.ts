import { anyCaller } from '../contenders/callers.ts';
import type { Contender } from '../contenders/contender.ts';
import type { BenchSts } from '../contenders/sts.ts';
import { giveFirstCore } from '../cores.ts';
import { HostWatch } from '../host-watch.ts';
import { atRandom } from '../metronome.ts';
import { withSpread } from '../report/text-table.ts';
import { summarize } from '../statistics.ts';
import { fill, type Patience, startBeside, startForCallers } from './callers.ts';
import { startLoad } from './child-load.ts';
import { type Undisturbed, undisturbed } from './undisturbed.ts';

const CACHED = 1_000;
const STS_DELAY_MS = 5_000;
/** Of cached callers; low enough for any machine to have time left. */
const CACHED_PER_SECOND = 500;
const SECONDS = 30;
const SEED = 2;
/** A round of which the host took more does not count: behind a crowd it takes long to be even again. */
const MOST_DISTURBED = 0.05;
/** Of rounds that count and of those that do not, as many as are asked for and once more. */
const TRIES_PER_ROUND = 2;
/** In one of so many, cold callers come through the cached ones' Envoy, too. */
const ROUNDS_PER_SAME_ENVOY = 3;
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
  /** Beside cold callers at the same Envoy, which the crowd takes time of as well; in some rounds only. */
  sameEnvoyMs?: number;
  /** The share of cached callers' requests that do not count, as the host had taken the machine away. */
  disturbed: number;
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
 * wait for an STS that takes 5 s. The server has the first core to itself, where there is another.
 */
export async function measureCold(sts: BenchSts, settings: ColdSettings): Promise<ColdRound[]> {
  await using stack = new AsyncDisposableStack();
  const watch = await HostWatch.start();
  stack.defer(async () => watch?.close());
  const contender = await startForCallers('cold', sts, PATIENCE);
  stack.defer(contender.close);
  const elsewhere = await startBeside(contender, 'cold elsewhere', PATIENCE);
  stack.defer(elsewhere.close);
  stack.defer(() => sts.delay(0));
  await fill(contender, CACHED, 'cached');
  const others = [process.pid, sts.pid, contender.envoy.pid, elsewhere.envoy.pid];
  if (contender.server) stack.defer(giveFirstCore(contender.server.pid, others));

  let coldBad = 0;
  const alone = () =>
    undisturbed(
      {
        port: contender.portOf('gateway'),
        // The same each time, so that what is compared was asked the same.
        dueMs: atRandom(CACHED_PER_SECOND, SECONDS, SEED),
        next: anyCaller(CACHED, 'cached'),
      },
      watch,
    );
  const beside = async (gateway: Contender, crowd: string) => {
    await sts.delay(STS_DELAY_MS);
    const { atOnce, perSecond } = settings;
    const cold = await startLoad('cold-callers.ts', [gateway.portOf('gateway'), crowd, atOnce, perSecond, SECONDS]);
    const latency = await alone();
    coldBad += await cold.bad;
    await sts.delay(0);
    return latency;
  };

  // What no crowd has gone through yet is not compiled: it counts neither with nor without.
  await beside(elsewhere, 'first');
  const rounds: ColdRound[] = [];
  const isEnough = () => rounds.filter(isCalm).length === settings.rounds;
  for (let index = 0; index < TRIES_PER_ROUND * settings.rounds && !isEnough(); index++) {
    coldBad = 0;
    const [without, other] = await inTurns(index, alone, () => beside(elsewhere, `elsewhere-${index}`));
    const hasSame = index % ROUNDS_PER_SAME_ENVOY === 0;
    const same = hasSame ? await beside(contender, `same-${index}`) : undefined;
    const round = {
      withoutMs: without.p99,
      withMs: other.p99,
      ...(same && { sameEnvoyMs: same.p99 }),
      disturbed: (without.disturbed + other.disturbed) / 2,
      coldBad,
    };
    rounds.push(round);
    settings.log(`  round ${index + 1}: ${line(round)}`);
  }
  return rounds;
}

/** One after the other, in each second round the other way round. */
async function inTurns(
  index: number,
  first: () => Promise<Undisturbed>,
  second: () => Promise<Undisturbed>,
): Promise<[Undisturbed, Undisturbed]> {
  if (index % 2 === 0) return [await first(), await second()];
  const later = await second();
  return [await first(), later];
}

/** The rounds that count: all, where the host let none be calm. */
export function calmRounds(rounds: readonly ColdRound[]): readonly ColdRound[] {
  const calm = rounds.filter(isCalm);
  return calm.length > 0 ? calm : rounds;
}

function isCalm({ disturbed }: ColdRound): boolean {
  return disturbed <= MOST_DISTURBED;
}

function line({ withoutMs, withMs, sameEnvoyMs, disturbed }: ColdRound): string {
  const same = sameEnvoyMs === undefined ? '' : `, at the same Envoy ${sameEnvoyMs.toFixed(2)} ms`;
  const left = `${(100 * disturbed).toFixed(1)} % left out`;
  return `p99 ${withoutMs.toFixed(2)} ms, beside cold callers ${withMs.toFixed(2)} ms${same}; ${left}`;
}

/** What the verdict leaves out. */
export function coldNote(rounds: readonly ColdRound[]): string {
  const same = rounds.flatMap(({ sameEnvoyMs, withoutMs }) =>
    sameEnvoyMs === undefined ? [] : [sameEnvoyMs / withoutMs],
  );
  const times = withSpread(summarize(same));
  const counted = calmRounds(rounds);
  const disturbed = summarize(counted.map((round) => 100 * round.disturbed)).median.toFixed(1);
  return (
    `Where cold callers come through the Envoy of the cached ones, p99 is ${times} times that without them: the ` +
    `crowd's own time at Envoy and on the cores. ${counted.length} of ${rounds.length} rounds count; of the others the ` +
    `host took more than ${100 * MOST_DISTURBED} %, of these ${disturbed} %, which are left out.`
  );
}
