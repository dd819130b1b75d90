import { join } from 'node:path';
import { z } from 'zod';
import { startChild } from '../../test/support/child.ts';
import { ELSEWHERE } from '../contenders/elsewhere.ts';

const report = z.object({ good: z.number(), bad: z.number() });

/**
 * A load in a process of its own, as from another machine, so that its work delays nobody in this one.
 * Node's flags are those of this one.
 * @param script beside this file; prints `started` when its connections are open, and in the end what it got
 * @returns once it has begun; `bad` resolves when all have their answers, to how many of these were no 2xx
 */
export async function startLoad(script: string, args: readonly (string | number)[]): Promise<{ bad: Promise<number> }> {
  const argv = [...process.execArgv, join(import.meta.dirname, script), ...args.map(String)];
  const child = await startChild(process.execPath, argv, { launcher: ELSEWHERE });
  const { promise: started, resolve } = Promise.withResolvers<void>();
  child.onLine((line) => line === 'started' && resolve());
  await Promise.race([started, child.exited]);
  const bad = child.exited.then(() => {
    const last = child.output().trimEnd().split('\n').at(-1) ?? '';
    return report.parse(JSON.parse(last)).bad;
  });
  return { bad };
}
