import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, ToolError } from './venv.ts';

// `npm sbom --omit dev` leaves out a package of the service that a package of development may use too (npm 11.19: yaml,
// an optional peer of vite's). Of a manifest that has no devDependencies nothing is left out, and nothing need be.
const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  for (const file of ['package.json', 'package-lock.json']) {
    cpSync(join(import.meta.dirname, '..', file), join(folder, file));
  }
  await npm('pkg', 'delete', 'devDependencies');
  await npm('install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund');
  const output = await npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx');
  console.log(JSON.stringify(JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)), null, 2));
} catch (error) {
  console.error(error instanceof ToolError ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function npm(...args: string[]): Promise<string> {
  const { ok, output } = await run('npm', ['--prefix', folder, '--loglevel', 'error', ...args]);
  if (!ok) throw new ToolError(`npm ${args.join(' ')}: ${output}`);
  return output;
}
