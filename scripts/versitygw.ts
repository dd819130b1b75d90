import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, ToolError } from './venv.ts';

/** The S3 server that checks signatures, those of chunks and trailers too; built from source where it is not there. */
export const VERSITYGW_VERSION = '1.8.0';

const MODULE = 'github.com/versity/versitygw/cmd/versitygw';

/**
 * The path of a versitygw that runs: `VERSITYGW_PATH`, else `versitygw` on PATH, else one that Go builds once per
 * version, outside the repository, in `$XDG_CACHE_HOME/sigv4-extproc` (some minutes). Undefined where there is no Go to
 * build it, except with `CI=true`.
 * @throws ToolError
 */
export async function ensureVersitygw(): Promise<string | undefined> {
  const given = process.env.VERSITYGW_PATH;
  if (given) return verified(given, 'VERSITYGW_PATH is set to it');
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const installed = folders.map((folder) => join(folder, 'versitygw')).find(isExecutable);
  if (installed !== undefined) return verified(installed, 'it is on PATH');
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'sigv4-extproc', `versitygw-${VERSITYGW_VERSION}`);
  const binary = join(folder, 'versitygw');
  if (isExecutable(binary)) return binary;
  if (!(await run('go', ['version'])).ok) {
    if (process.env.CI !== 'true') return undefined;
    throw new ToolError('versitygw is needed and there is no Go to build it: install Go, or set VERSITYGW_PATH');
  }
  await build(folder);
  return binary;
}

/** Builds beside the place and moves the result there, so that what is there is whole, whoever else builds. */
async function build(folder: string): Promise<void> {
  mkdirSync(join(folder, '..'), { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  console.error(`building versitygw ${VERSITYGW_VERSION}, once, which takes some minutes …`);
  try {
    // Cross-compiling would put the binary elsewhere, and GOFLAGS may ask for a vendor folder.
    const settings = [`GOBIN=${beside}`, 'GOFLAGS=', 'GOOS=', 'GOARCH=', 'CGO_ENABLED=0'];
    const built = await run('env', [...settings, 'go', 'install', `${MODULE}@v${VERSITYGW_VERSION}`]);
    if (!built.ok) throw new ToolError(`go could not build versitygw: ${built.output.split('\n').at(-1)}`);
    await verified(join(beside, 'versitygw'), 'it was just built');
    if (!existsSync(folder)) renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

async function verified(binary: string, why: string): Promise<string> {
  const { ok, output } = await run(binary, ['--version']);
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
