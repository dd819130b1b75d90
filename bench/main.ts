// Measures this service against others, each behind an Envoy of its own, in turns. docs/performance.md says how.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ToolError } from '../scripts/tools.ts';
import { renderChart } from './report/chart.ts';
import type { Results } from './report/results.ts';
import { renderResults } from './report/table.ts';
import { CONTENDERS, MEASUREMENTS, measureAll, type Selection } from './runs/all.ts';
import { FORMS, type FormSettings } from './runs/settings.ts';

const USAGE = `npm run bench -- [--short] [--only NAMES] [--rounds N] [--out FILE.json] [--chart FILE.svg] [--from FILE.json]

  --short   less of everything, in under 4 minutes
  --only    what to measure, or who takes part, comma-separated:
              ${MEASUREMENTS.join(', ')};
              ${CONTENDERS.join(', ')}
  --rounds  how many times each contender's turn comes
  --out     write the results
  --chart   draw the CPU per request
  --from    measure nothing: show results that were written`;

try {
  await main();
} catch (error) {
  console.error(error instanceof ToolError ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const values = readFlags();
  if (values === undefined) return;
  const form = FORMS[values.short ? 'short' : 'full'];
  const rounds = Number(values.rounds ?? form.rounds);
  const results = values.from
    ? (JSON.parse(readFileSync(values.from, 'utf8')) as Results)
    : await measureAll(select(values.only, form), { ...form, rounds }, (line) => console.error(line));
  console.log(renderResults(results));
  if (values.out) write(values.out, `${JSON.stringify(results, null, 2)}\n`);
  if (values.chart) write(values.chart, renderChart(results));
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        short: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        out: { type: 'string' },
        chart: { type: 'string' },
        from: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)) throw new Error('--rounds wants a number');
    select(values.only, FORMS.full);
    if (!values.help) return values;
    console.log(USAGE);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 1;
  }
  return undefined;
}

/** Names of measurements choose among these, names of contenders among those; of what nothing is named, all of the form. */
function select(only: string | undefined, { measurements = MEASUREMENTS }: FormSettings): Selection {
  const names = only?.split(',').filter((name) => name !== '') ?? [];
  const unknown = names.filter((name) => !MEASUREMENTS.includes(name) && !CONTENDERS.includes(name));
  if (unknown.length > 0) throw new Error(`--only: there is no ${unknown.join(', ')}`);
  const chosen = (all: readonly string[], unnamed: readonly string[]) => {
    const some = all.filter((name) => names.includes(name));
    return some.length > 0 ? some : unnamed;
  };
  return { measurements: chosen(MEASUREMENTS, measurements), contenders: chosen(CONTENDERS, CONTENDERS) };
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
