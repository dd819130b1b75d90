import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fuzzSeed, prng } from '../../support/prng.ts';
import { Run, type Tally } from './isolation/run.ts';

const RUNS = 20;

const chain = vi.hoisted(() => ({
  ask: (_region: string, _profile: string | undefined): object => ({}),
}));
vi.mock('../../../src/credentials/workload-chain.ts', () => ({
  workloadCredentials: async (region: string, profile: string | undefined) => chain.ask(region, profile),
}));

// The breaker's clock never goes back; the other one does.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('nobody is ever given credentials that STS did not issue for just that identity, or that have expired', async () => {
  const seed = fuzzSeed();
  const seeds = prng(seed);
  const sum: Record<string, number> = {};
  for (let n = 0; n < RUNS; n++) {
    const random = prng(seeds.int(2 ** 32));
    const jitter = prng(seeds.int(2 ** 32));
    vi.spyOn(Math, 'random').mockImplementation(() => jitter.next());
    const run = new Run(random);
    chain.ask = run.workload;
    await run.finish();
    expect(run.violations, `FUZZ_SEED=${seed}, run ${n}`).toEqual([]);
    for (const [name, count] of Object.entries(run.tally)) sum[name] = (sum[name] ?? 0) + count;
  }
  console.log(`seed ${seed}: ${JSON.stringify(sum)}`);
  const { asked, served, atOnce, refused, stsCalls, evicted } = sum as unknown as Tally;
  // Nothing is proven where nothing happens.
  for (const count of [asked, served, refused, stsCalls]) expect(count).toBeGreaterThan(500);
  for (const count of [atOnce, evicted]) expect(count).toBeGreaterThan(100);
});
