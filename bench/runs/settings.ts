import type { RoundSettings } from './rounds.ts';

export type Form = 'full' | 'short';

/** How long everything takes, in seconds where nothing else is said. */
export interface FormSettings {
  form: Form;
  /** What is measured where nothing is chosen; absent: all. */
  measurements?: readonly string[];
  rounds: number;
  warmSeconds: number;
  saturationSeconds: number;
  latencySeconds: number;
  /** Uploads of 64 MiB take their time. */
  uploadSeconds: number;
  callers: readonly number[];
  routes: readonly number[];
  workers: readonly number[];
  coldRounds: number;
  largeRounds: number;
  starts: number;
  /** At saturation with stock settings. */
  stockSeconds: number;
}

export const FORMS: Record<Form, FormSettings> = {
  full: {
    form: 'full',
    rounds: 7,
    warmSeconds: 2,
    saturationSeconds: 3,
    latencySeconds: 4,
    uploadSeconds: 8,
    callers: [1, 1_000, 100_000],
    routes: [1, 10_000],
    workers: [1, 2],
    coldRounds: 5,
    largeRounds: 9,
    starts: 7,
    stockSeconds: 300,
  },
  short: {
    form: 'short',
    measurements: ['headers', 'body-1m', 'callers', 'starts', 'stock'],
    rounds: 3,
    warmSeconds: 1,
    saturationSeconds: 1,
    latencySeconds: 2,
    uploadSeconds: 3,
    callers: [1, 1_000],
    routes: [1, 1_000],
    workers: [1, 2],
    coldRounds: 1,
    largeRounds: 3,
    starts: 3,
    stockSeconds: 10,
  },
};

export function roundsOf(settings: FormSettings, log: (line: string) => void): RoundSettings {
  const { rounds, warmSeconds, saturationSeconds, latencySeconds } = settings;
  return { rounds, warmSeconds, saturationSeconds, latencySeconds, log };
}
