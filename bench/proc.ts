import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ: the unit of /proc's times, which the kernel fixes for its ABI whatever its own tick is. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  pid: number;
  ppid: number;
  /** utime + stime, and those of children that have ended and were waited for, in seconds. */
  cpuSeconds: number;
}

export interface Memory {
  /** VmRSS of all processes, shared pages counted in each. */
  rssBytes: number;
  /** Shared pages counted by share; 0 where the kernel does not tell. */
  pssBytes: number;
}

/**
 * Reads one /proc/PID/stat. The second field is the program's name in brackets, and may hold blanks and brackets itself.
 * @see proc_pid_stat(5)
 * @throws Error for text of another form
 */
export function parseStat(text: string): ProcessStat {
  const nameEnd = text.lastIndexOf(') ');
  const pid = Number.parseInt(text, 10);
  // From the third field on: state, ppid, …; utime is the 14th field of the line.
  const fields = text.slice(nameEnd + 2).split(' ');
  const ppid = Number(fields[1]);
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  if (nameEnd < 0 || fields.length < 15 || !(pid > 0) || !(ppid >= 0) || !(ticks >= 0)) {
    throw new Error(`not the stat of a process: ${text.slice(0, 60)}`);
  }
  return { pid, ppid, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** A process with its children and theirs, as far as they are among the given ones. */
export function treeOf(root: number, processes: readonly ProcessStat[]): ProcessStat[] {
  const tree = processes.filter(({ pid }) => pid === root);
  // The list grows while it is walked.
  for (const { pid } of tree) tree.push(...processes.filter(({ ppid }) => ppid === pid));
  return tree;
}

/** The bytes of one `Name:   123 kB` line of /proc/PID/status or smaps_rollup; 0 where it is not there. */
export function kilobytesLine(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

/**
 * The CPU time of a process and its descendants so far, in seconds.
 * @throws Error when the process is gone
 */
export async function cpuSecondsOf(root: number): Promise<number> {
  const tree = await readTree(root);
  return tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** @throws Error when the process is gone */
export async function memoryOf(root: number): Promise<Memory> {
  const sum: Memory = { rssBytes: 0, pssBytes: 0 };
  for (const { pid } of await readTree(root)) {
    sum.rssBytes += kilobytesLine(await readProc(pid, 'status'), 'VmRSS');
    sum.pssBytes += kilobytesLine(await readProc(pid, 'smaps_rollup'), 'Pss');
  }
  return sum;
}

async function readTree(root: number): Promise<ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const texts = await Promise.all(pids.map((pid) => readProc(pid, 'stat')));
  // Processes that ended in the meantime have no text.
  const tree = treeOf(root, texts.filter((text) => text !== '').map(parseStat));
  if (tree.length === 0) throw new Error(`process ${root} has ended`);
  return tree;
}

function readProc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
