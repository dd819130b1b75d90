import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A program that this repository needs is missing or cannot be had; the message is one line and says how to mend it. */
export class ToolError extends Error {
  override name = 'ToolError';
}

export interface RunResult {
  ok: boolean;
  /** stdout and stderr, one after the other, trimmed. */
  output: string;
}

/** One set of packages in a virtual environment. Several sets may share one environment. */
export interface PackageSet {
  /** Names the set's stamp file. */
  name: string;
  /** The text of a pip requirements file. */
  requirements: string;
  /** Run after the install, before the set counts as there; resolves to what is wrong, or to undefined. */
  verify: (venv: string) => Promise<string | undefined>;
}

const MARK_OF_UNFINISHED = '.installing';

/**
 * Runs a program to its end. Never rejects: a program that cannot be started is `ok: false` with the reason as output.
 * @param heldFile a descriptor that the program holds open as its number 3
 */
export function run(command: string, args: readonly string[], heldFile?: number): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', heldFile ?? 'ignore'] });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output: output.trim() }));
  });
}

/**
 * Makes sure that a package set is installed in a virtual environment, which is created if need be. Quick when it is
 * there already (a stamp holds the hash of the requirements), safe when several processes ask at once. An environment
 * whose installation broke off is made anew, never used.
 * @throws ToolError
 */
export async function ensurePackages(venv: string, set: PackageSet): Promise<void> {
  if (isInstalled(venv, set)) return;
  const python = await findPython();
  mkdirSync(dirname(venv), { recursive: true });
  const lock = openSync(`${venv}.lock`, 'w');
  try {
    // Node has no flock. The lock belongs to the open file, not to the process that asked for it, and the kernel lets go
    // of it when the last holder, this process or its pip, closes it: no killed run leaves a stale lock or a race with its pip.
    const locked = await run(python, ['-c', 'import fcntl; fcntl.flock(3, fcntl.LOCK_EX)'], lock);
    if (!locked.ok) throw new ToolError(`could not lock ${venv}: ${lastError(locked.output)}`);
    if (!isInstalled(venv, set)) await install(python, venv, set, lock);
  } finally {
    closeSync(lock);
  }
}

function isInstalled(venv: string, set: PackageSet): boolean {
  const stamp = stampFile(venv, set);
  return (
    existsSync(join(venv, 'bin', 'python')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash(set.requirements)
  );
}

async function install(python: string, venv: string, set: PackageSet, lock: number): Promise<void> {
  const mark = join(venv, MARK_OF_UNFINISHED);
  const fresh = existsSync(mark) || !existsSync(join(venv, 'bin', 'python'));
  if (fresh) rmSync(venv, { recursive: true, force: true });
  console.error(`installing ${set.name} into ${basename(dirname(venv))}/${basename(venv)}, once …`);
  mkdirSync(venv, { recursive: true });
  writeFileSync(mark, '');
  try {
    if (fresh) await createVenv(python, venv, lock);
    rmSync(stampFile(venv, set), { force: true });
    const list = join(venv, `${set.name}.requirements.txt`);
    writeFileSync(list, set.requirements);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', list];
    const installed = await run(join(venv, 'bin', 'python'), pip, lock);
    if (!installed.ok) throw new ToolError(`pip could not install ${set.name}: ${lastError(installed.output)}`);
    const wrong = await set.verify(venv);
    if (wrong !== undefined) throw new ToolError(`${set.name} was installed but does not run: ${wrong}`);
  } catch (error) {
    // pip that fails undoes its work, so that the sets installed before stay usable.
    rmSync(fresh ? venv : mark, { recursive: true, force: true });
    throw error;
  }
  writeFileSync(stampFile(venv, set), hash(set.requirements));
  rmSync(mark);
}

async function createVenv(python: string, venv: string, lock: number): Promise<void> {
  const made = await run(python, ['-m', 'venv', venv], lock);
  if (made.ok) return;
  if (/ensurepip|No module named '?venv/.test(made.output)) {
    throw new ToolError(`${python} has no venv: on Debian and Ubuntu run: apt-get install python3-venv`);
  }
  throw new ToolError(`${python} -m venv failed: ${lastError(made.output)}`);
}

async function findPython(): Promise<string> {
  const python = process.env.PYTHON ?? 'python3';
  const version = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const hint = 'install it (on Debian and Ubuntu: apt-get install python3 python3-venv), or set PYTHON to one';
  if (!version.ok) throw new ToolError(`Python 3.10 or newer is needed and ${python} does not run: ${hint}`);
  const [major = 0, minor = 0] = version.output.split('.').map(Number);
  if (major === 3 && minor >= 10) return python;
  throw new ToolError(`Python 3.10 or newer is needed and ${python} is ${version.output}: ${hint}`);
}

function stampFile(venv: string, set: PackageSet): string {
  return join(venv, `.${set.name}.stamp`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no output').trim();
}
