import { type ChildProcess, spawn } from 'node:child_process';

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  /** What starts the program, with its command line behind, and becomes it. Default: nothing else. */
  launcher?: readonly string[];
  /** How long `close` waits after SIGTERM before SIGKILL, in milliseconds. */
  graceMs?: number;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  pid: number;
  /** All that the process wrote to stdout and stderr so far. */
  output: () => string;
  /** Calls back for each whole line of stdout, those already written included. */
  onLine: (listener: (line: string) => void) => void;
  /** Resolves when the process has ended and its output is complete. */
  exited: Promise<ChildExit>;
  /** SIGTERM, then SIGKILL after the grace; resolves to how it ended. Safe to call twice. */
  close: () => Promise<ChildExit>;
  /** SIGKILL; resolves to how it ended. */
  kill: () => Promise<ChildExit>;
}

/**
 * Starts a program, collects what it writes, and makes sure that it ends with this process.
 * @throws when it cannot be started
 */
export async function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Child> {
  const [file = command, ...words] = [...(options.launcher ?? []), command, ...args];
  const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env ?? process.env });
  const output: string[] = [];
  const lines: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.push(text);
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const line of parts) for (const listener of listeners) listener(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));

  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', endWithUs);
      resolve({ code, signal });
    });
  });
  const pid = await started(child);
  return {
    pid,
    output: () => output.join(''),
    onLine: (listener) => {
      for (const line of lines) listener(line);
      listeners.push(listener);
    },
    exited,
    close: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), options.graceMs ?? 5000);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}
