import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run, ToolError } from '../../scripts/venv.ts';

const sources = join(import.meta.dirname, '..', 'gosign');

/**
 * The path of gosign's binary, built once for each version of its sources and of Go, outside the repository, in
 * `$XDG_CACHE_HOME/sigv4-extproc`. Undefined where there is no Go.
 * @throws ToolError when Go cannot build it
 */
export async function ensureGosign(): Promise<string | undefined> {
  const go = await run('go', ['version']);
  if (!go.ok) return undefined;
  const hash = createHash('sha256').update(go.output);
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(sources, file)));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'sigv4-extproc', `gosign-${hash.digest('hex').slice(0, 12)}`);
  const binary = join(folder, 'gosign');
  if (existsSync(binary)) return binary;

  console.error('building gosign, once, which takes a minute …');
  mkdirSync(join(folder, '..'), { recursive: true });
  // Beside its place, then moved there: what is there is whole, whoever else builds.
  const beside = mkdtempSync(`${folder}-`);
  try {
    const settings = ['GOFLAGS=-mod=readonly', 'GOOS=', 'GOARCH=', 'CGO_ENABLED=0'];
    const built = await run('env', [...settings, 'go', '-C', sources, 'build', '-o', join(beside, 'gosign'), '.']);
    if (!built.ok) throw new ToolError(`go could not build gosign: ${built.output.split('\n').at(-1)}`);
    if (!existsSync(folder)) renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return binary;
}
