import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Child, startChild } from '../test/support/child.ts';

/** From and to, in milliseconds of the clock that all processes share. */
export type Interval = readonly [from: number, to: number];

/** What waits behind a moment that was taken needs some time to be served. */
const AFTERMATH_MS = 15;
const late = z.tuple([z.number(), z.number()]);

/**
 * Knows when the machine under a virtual one gave its cores to others: on each core a process of real-time priority
 * that nothing on this machine can hold up sleeps a millisecond over and over, and says when that took much longer.
 */
export class HostWatch {
  readonly #watchers: readonly Child[];
  readonly #taken: Interval[] = [];

  private constructor(watchers: readonly Child[]) {
    this.#watchers = watchers;
    for (const watcher of watchers) {
      watcher.onLine((line) => {
        const [from, to] = late.parse(JSON.parse(line));
        this.#taken.push([from, to + AFTERMATH_MS]);
      });
    }
  }

  /** @returns undefined where real-time priorities or cores cannot be had */
  static async start(): Promise<HostWatch | undefined> {
    const cores = Array.from({ length: availableParallelism() }, (_, core) => core);
    if (!cores.every((core) => spawnSync('taskset', [...onCore(core), 'true']).status === 0)) return undefined;
    const script = join(import.meta.dirname, 'host-watcher.ts');
    return new HostWatch(
      await Promise.all(
        cores.map((core) => startChild(process.execPath, [script], { launcher: ['taskset', ...onCore(core)] })),
      ),
    );
  }

  /** Whether any of it was taken from this machine, or served in the wake of that. */
  disturbed([from, to]: Interval): boolean {
    return this.#taken.some(([start, end]) => start < to && from < end);
  }

  async close(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }
}

function onCore(core: number): string[] {
  return ['--cpu-list', String(core), 'chrt', '--fifo', '1'];
}
