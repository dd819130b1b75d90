import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Has a process run on the first core alone, and others, with all their threads and whatever they start from now on, on
 * all but that: as on machines of their own, of which that of the one that is measured has a core. Nothing where there
 * is but one core, or no `taskset`.
 * @returns what lets all use all cores again
 */
export function giveFirstCore(owner: number, others: readonly number[]): () => void {
  const last = availableParallelism() - 1;
  if (last === 0) return () => {};
  keepTo('0', [owner]);
  keepTo(`1-${last}`, others);
  return () => keepTo(`0-${last}`, [owner, ...others]);
}

function keepTo(cores: string, pids: readonly number[]): void {
  for (const pid of pids) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)]);
}
