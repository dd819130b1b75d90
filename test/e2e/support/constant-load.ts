import { type LoadOptions, runLoad } from '../../../bench/load.ts';

export interface UnderLoad {
  requests: number;
  /** Answers other than 200 by status, and errors by what went wrong. */
  failures: Record<string, number>;
}

const ROUND_SECONDS = 1;

/** Keeps requests in flight while something is done, and a second longer. */
export async function underLoad(
  load: Omit<LoadOptions, 'seconds' | 'path'>,
  work: () => Promise<unknown>,
): Promise<UnderLoad> {
  const state = { isDone: false };
  const working = work().finally(() => {
    state.isDone = true;
  });
  const total: UnderLoad = { requests: 0, failures: {} };
  for (let last = false; !last; ) {
    last = state.isDone;
    const { requests, byStatus, errorKinds } = await runLoad({ ...load, path: '/orders', seconds: ROUND_SECONDS });
    total.requests += requests;
    for (const [what, count] of [...byStatus, ...errorKinds]) {
      if (what !== 200) total.failures[what] = (total.failures[what] ?? 0) + count;
    }
  }
  await working;
  return total;
}
