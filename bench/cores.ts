import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Has processes, with all their threads and whatever they start from now on, leave the first core to the one that is
 * measured, as from another machine. Nothing where there is but one, or no `taskset`.
 * @returns what lets them use all cores again
 */
export function leaveFirstCore(pids: readonly number[]): () => void {
  const last = availableParallelism() - 1;
  if (last === 0) return () => {};
  const keepTo = (cores: string) => {
    for (const pid of pids) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)]);
  };
  keepTo(`1-${last}`);
  return () => keepTo(`0-${last}`);
}
