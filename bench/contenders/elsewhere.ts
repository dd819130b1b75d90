import { spawnSync } from 'node:child_process';

const AT_IDLE = ['chrt', '--idle', '0'];

/**
 * What starts a process that stands for one on another machine: it gets what is left of the cores by those that are
 * measured, and gives way to them at once (Linux, SCHED_IDLE). Nothing where this cannot be had.
 */
export const ELSEWHERE: readonly string[] =
  spawnSync('chrt', [...AT_IDLE.slice(1), 'true']).status === 0 ? AT_IDLE : [];
