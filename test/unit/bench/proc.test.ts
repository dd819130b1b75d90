import { describe, expect, it } from 'vitest';
import { cpuSecondsOf, kilobytesLine, memoryOf, parseStat, treeOf } from '../../../bench/proc.ts';
import { startChild } from '../../support/child.ts';

/** As proc_pid_stat(5) has it: pid (comm) state ppid … utime stime cutime cstime …; 1000 + 200 + 30 + 4 ticks. */
const line = (comm: string) =>
  `4711 (${comm}) S 42 4711 42 34816 4711 4194304 1000 0 0 0 1000 200 30 4 20 0 11 0 98765 1000000 2000`;
const process_ = (pid: number, ppid: number) => ({ pid, ppid, cpuSeconds: 1 });

describe('parseStat', () => {
  it('reads the parent and the CPU time, that of ended children too', () => {
    expect(parseStat(line('node'))).toEqual({ pid: 4711, ppid: 42, cpuSeconds: 12.34 });
  });

  it.each(['a b', ') S 1 ', '((', 'x) (y'])('is not misled by a program called %s', (comm) => {
    expect(parseStat(line(comm))).toEqual({ pid: 4711, ppid: 42, cpuSeconds: 12.34 });
  });

  it.each(['', 'no stat at all', '12 (cut off) S 1 2'])('refuses %j', (text) => {
    expect(() => parseStat(text)).toThrow('not the stat of a process');
  });
});

describe('treeOf', () => {
  it('finds descendants of any degree, and nobody else', () => {
    const all = [process_(5, 1), process_(9, 7), process_(7, 5), process_(6, 1), process_(8, 6), process_(1, 0)];
    expect(treeOf(5, all).map(({ pid }) => pid)).toEqual([5, 7, 9]);
    expect(treeOf(99, all)).toEqual([]);
  });
});

it('reads lines of status and smaps_rollup, and takes no other name for them', () => {
  const text = 'VmHWM:\t  900 kB\nVmRSS:\t  123 kB\nPss_Anon:   7 kB\n';
  expect(kilobytesLine(text, 'VmRSS')).toBe(123 * 1024);
  expect(kilobytesLine(text, 'Pss')).toBe(0);
});

describe.runIf(process.platform === 'linux')('on this machine', () => {
  const SPIN = 'const end = Date.now() + 10_000; while (process.cpuUsage().user < 300_000 && Date.now() < end);';

  it('counts the CPU time and the memory of a child of the process', async () => {
    const script = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(SPIN)}]);
      console.log('done'); setInterval(() => {}, 1000);`;
    const child = await startChild(process.execPath, ['-e', script]);
    await new Promise<void>((resolve) => child.onLine(() => resolve()));
    const [cpu, memory] = await Promise.all([cpuSecondsOf(child.pid), memoryOf(child.pid)]);
    await child.close();
    expect(cpu).toBeGreaterThan(0.25);
    expect(cpu).toBeLessThan(5);
    expect(memory.rssBytes).toBeGreaterThan(10e6);
    expect(memory.pssBytes).toBeLessThanOrEqual(memory.rssBytes);
  });

  it('says that a process has ended', async () => {
    const child = await startChild(process.execPath, ['-e', '']);
    await child.exited;
    await expect(cpuSecondsOf(child.pid)).rejects.toThrow('has ended');
  });
});
