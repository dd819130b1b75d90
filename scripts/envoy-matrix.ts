/*
 * Runs the end-to-end tests on each Envoy that this project supports, and writes what came out into docs/envoy-versions.md.
 *
 *   node scripts/envoy-matrix.ts [--envoy 1.36 --envoy 1.40]
 *
 * The whole suite on the oldest and the newest, on the others what depends on Envoy most. Versions that a run leaves out
 * keep their column.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DEFAULT_ENVOY_VERSION, ENVOY_VERSIONS, ensureEnvoy } from './tools.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'envoy-versions.md');
const BEGIN = '<!-- written by scripts/envoy-matrix.ts -->';
const END = '<!-- end -->';
const WHOLE = ['test/e2e'];
const SUBSET = ['bodies', 'caller', 'config-channels', 'examples', 'dynamic-forward-proxy', 'retries', 'target', 'tls']
  .map((name) => `test/e2e/${name}.test.ts`)
  .concat('test/e2e/integrations', 'test/e2e/s3/streaming.test.ts');

interface Count {
  passed: number;
  skipped: number;
  failed: number;
}
/** By the name of a test file or folder. */
type Results = Map<string, Count>;

const reportShape = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

const { values } = parseArgs({ options: { envoy: { type: 'string', multiple: true } } });
const versions = ENVOY_VERSIONS.filter((version) => values.envoy?.some((named) => version.startsWith(named)) ?? true);
let failed = false;
const columns = new Map<string, Results>();
for (const version of versions) {
  await ensureEnvoy({ version });
  const results = await runOn(version);
  columns.set(version, results);
  for (const [name, count] of results) {
    if (count.failed > 0) failed = true;
    console.log(`${version}  ${name.padEnd(28)} ${cell(count)}`);
  }
}
writePage(columns);
process.exitCode = failed ? 1 : 0;

async function runOn(version: string): Promise<Results> {
  const folder = mkdtempSync(join(tmpdir(), 'envoy-matrix-'));
  const report = join(folder, 'report.json');
  const paths = version === ENVOY_VERSIONS[0] || version === DEFAULT_ENVOY_VERSION ? WHOLE : SUBSET;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...paths, '--reporter=json', `--outputFile=${report}`], {
    cwd: root,
    env: { ...process.env, SIGV4_TEST_ENVOY: version },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'exit');
  try {
    return counted(reportShape.parse(JSON.parse(readFileSync(report, 'utf8'))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function counted({ testResults }: z.infer<typeof reportShape>): Results {
  const results: Results = new Map();
  for (const file of testResults) {
    const name = areaOf(file.name);
    const count = results.get(name) ?? { passed: 0, skipped: 0, failed: 0 };
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') count.passed += 1;
      else if (status === 'failed') {
        count.failed += 1;
        console.error(`FAILED ${name}: ${fullName}`);
      } else count.skipped += 1;
    }
    // A file that cannot even be set up has no failed test of its own.
    if (file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')) count.failed += 1;
    results.set(name, count);
  }
  return new Map([...results].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function areaOf(file: string): string {
  const [first = ''] = relative(join(root, 'test', 'e2e'), file).split(sep);
  return first.endsWith('.test.ts') ? first.slice(0, -'.test.ts'.length) : `${first}/`;
}

function cell({ passed, skipped, failed: broken }: Count): string {
  const parts = [broken > 0 ? `**${broken} FAILED**` : '', `${passed}`, skipped > 0 ? `(${skipped} skipped)` : ''];
  return parts.filter((part) => part !== '').join(' ');
}

function writePage(found: ReadonlyMap<string, Results>): void {
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const [table = '', after = ''] = rest.split(END);
  const kept = rowsOf(table);
  const areas = [...new Set([...kept.keys(), ...[...found.values()].flatMap((results) => [...results.keys()])])].sort();
  const rows = areas.map((area) => {
    const cells = ENVOY_VERSIONS.map((version, index) => {
      const results = found.get(version);
      if (results === undefined) return kept.get(area)?.[index] ?? '–';
      const count = results.get(area);
      return count === undefined ? '–' : cell(count);
    });
    return `| ${area} | ${cells.join(' | ')} |`;
  });
  const head = `| tests in test/e2e | ${ENVOY_VERSIONS.join(' | ')} |\n|---|${ENVOY_VERSIONS.map(() => '---|').join('')}`;
  writeFileSync(page, `${before}${BEGIN}\n${head}\n${rows.join('\n')}\n${END}${after}`);
}

function rowsOf(table: string): Map<string, string[]> {
  const lines = table.split('\n').filter((line) => line.startsWith('| '));
  const cells = lines.slice(1).map((line) => line.split('|').map((text) => text.trim()));
  return new Map(cells.map(([, area = '', ...columnsOf]) => [area, columnsOf]));
}
