import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, ToolError } from './venv.ts';

/** A program that only the tests run, and that Go builds from source. */
export interface GoTool {
  /** Of its binary. */
  name: string;
  /** What `go install` is given. */
  module: string;
  /** As in the name of its folder in the cache. */
  version: string;
  /** The environment variable that may name a binary of it. */
  variable: string;
  /** Arguments with which it prints its version and ends with 0. Default: `--version`. */
  versionArgs?: readonly string[];
}

/**
 * The path of a tool that runs: the one its variable names, else the one on PATH, else one that Go builds once per
 * version, outside the repository, in `$XDG_CACHE_HOME/sigv4-extproc` (some minutes). Undefined where there is no Go to
 * build it, except with `CI=true`.
 * @throws ToolError
 */
export async function ensureGoTool(tool: GoTool): Promise<string | undefined> {
  const { name, version, variable } = tool;
  const given = process.env[variable];
  if (given) return verified(tool, given, `${variable} is set to it`);
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const installed = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (installed !== undefined) return verified(tool, installed, 'it is on PATH');
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'sigv4-extproc', `${name}-${version}`);
  const binary = join(folder, name);
  if (isExecutable(binary)) return binary;
  if (!(await run('go', ['version'])).ok) {
    if (process.env.CI !== 'true') return undefined;
    throw new ToolError(`${name} is needed and there is no Go to build it: install Go, or set ${variable}`);
  }
  await build(tool, folder);
  return binary;
}

/** Builds beside the place and moves the result there, so that what is there is whole, whoever else builds. */
async function build(tool: GoTool, folder: string): Promise<void> {
  const { name, module, version } = tool;
  mkdirSync(join(folder, '..'), { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  console.error(`building ${name} ${version}, once, which takes some minutes …`);
  try {
    // Cross-compiling would put the binary elsewhere, and GOFLAGS may ask for a vendor folder.
    const settings = [`GOBIN=${beside}`, 'GOFLAGS=', 'GOOS=', 'GOARCH=', 'CGO_ENABLED=0'];
    const built = await run('env', [...settings, 'go', 'install', `${module}@v${version}`]);
    if (!built.ok) throw new ToolError(`go could not build ${name}: ${built.output.split('\n').at(-1)}`);
    await verified(tool, join(beside, name), 'it was just built');
    if (!existsSync(folder)) renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

async function verified({ versionArgs }: GoTool, binary: string, why: string): Promise<string> {
  const { ok, output } = await run(binary, versionArgs ?? ['--version']);
  if (ok) return binary;
  throw new ToolError(`${binary} does not run (${why}): ${output.split('\n').at(-1)}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
