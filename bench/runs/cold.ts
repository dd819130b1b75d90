import { anyCaller } from '../contenders/callers.ts';
import type { Contender } from '../contenders/contender.ts';
import type { BenchSts } from '../contenders/sts.ts';
import { goodAndBad } from '../load.ts';
import { evenly } from '../metronome.ts';
import { runPacedLoad } from '../paced-load.ts';
import { fill, startForCallers } from './callers.ts';
import { startLoad } from './child-load.ts';

const CACHED = 1_000;
const STS_DELAY_MS = 5_000;
/** The signer has 512 connections to STS at most: the last callers wait for their turn as well. */
const STS_TIMEOUT_SECONDS = 30;
/** Of cached callers; low enough for any machine to have time left. */
const CACHED_PER_SECOND = 500;
const SECONDS = 30;
/** All that wait at once: those of the start, and those who follow until the first are served. */
const STREAMS = 4096;

/** 99 of 100 cached callers' latencies in milliseconds, in one round without and one with cold callers beside them. */
export interface ColdRound {
  withoutMs: number;
  withMs: number;
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
 * wait for an STS that takes 5 s. The circuit breaker of the server's cluster is raised, as Envoy by itself would turn
 * away all beyond 1,024 streams.
 */
export async function measureCold(sts: BenchSts, settings: ColdSettings): Promise<ColdRound[]> {
  await using stack = new AsyncDisposableStack();
  const contender = await startForCallers('cold', sts, { streams: STREAMS, seconds: STS_TIMEOUT_SECONDS });
  stack.defer(contender.close);
  stack.defer(() => sts.delay(0));
  await fill(contender, CACHED, 'cached');
  await cachedP99(contender);
  const rounds: ColdRound[] = [];
  for (let index = 0; index < settings.rounds; index++) {
    const withoutMs = await cachedP99(contender);
    await sts.delay(STS_DELAY_MS);
    const { atOnce, perSecond } = settings;
    const args = [contender.portOf('gateway'), `cold-${index}`, atOnce, perSecond, SECONDS];
    const cold = await startLoad('cold-callers.ts', args);
    const withMs = await cachedP99(contender);
    const coldBad = await cold.bad;
    await sts.delay(0);
    rounds.push({ withoutMs, withMs, coldBad });
    settings.log(
      `  round ${index + 1} of ${settings.rounds}: p99 ${withoutMs.toFixed(2)} ms, ${withMs.toFixed(2)} ms beside cold callers`,
    );
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
