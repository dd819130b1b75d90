import type { Percentiles } from '../histogram.ts';
import type { Memory } from '../proc.ts';
import type { Summary } from '../statistics.ts';
import type { Machine } from './machine.ts';

/** What one contender showed in one round of one workload. */
export interface Round {
  /** Answers a second at saturation. */
  rps: number;
  /** CPU of the server per answer at saturation, all its processes together, in µs; 0 where there is none. */
  serverUs: number;
  envoyUs: number;
  /** At the workload's fixed rate; absent where that is not measured. */
  latencyMs?: Percentiles;
  /** The same, p50 of each turn within the round: those of contenders at one place are neighbours in time. */
  slicesP50Ms?: number[];
  /** Answers that were no 2xx, and requests without one. */
  bad: number;
}

export interface ContenderResult {
  name: string;
  rounds: Round[];
  /** Of the server, after its last round. */
  memory?: Memory;
}

export interface WorkloadResult {
  name: string;
  title: string;
  /** Requests a second at which latency was measured. */
  rate?: number;
  contenders: ContenderResult[];
}

/** A figure of issue 7's table, against its bound. */
export interface Verdict {
  name: string;
  what: string;
  value: Summary;
  /** The most that it may be. */
  bound: number;
  unit: string;
  met: boolean;
}

/** What a results file holds. */
export interface Results {
  at: string;
  form: 'full' | 'short';
  machine: Machine;
  workloads: WorkloadResult[];
  verdicts: Verdict[];
  /** What could not be measured here, and why. */
  notes: string[];
}

/** One figure of a contender, round by round. */
export function figures<T = number>(workload: WorkloadResult, contender: string, figure: (round: Round) => T): T[] {
  const found = workload.contenders.find(({ name }) => name === contender);
  return found === undefined ? [] : found.rounds.map(figure);
}

export const serverUs = (round: Round): number => round.serverUs;
export const envoyUs = (round: Round): number => round.envoyUs;
export const requestsPerSecond = (round: Round): number => round.rps;
