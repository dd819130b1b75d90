// Fails when a header-only request costs more CPU than it may: against the Go signer, else against the no-op server as
// last recorded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardVerdict } from './report/guard.ts';
import type { Results } from './report/results.ts';
import { renderResults } from './report/table.ts';
import { cpuRatio } from './report/verdicts.ts';
import { measureAll } from './runs/all.ts';
import { FORMS } from './runs/settings.ts';

/** More rounds than the short form has: the spread is what decides. */
const ROUNDS = 9;
const WORKLOAD = 'headers';
const OURS = 'ours-tcp';
const RECORDED = join(import.meta.dirname, 'results', 'latest.json');

const results = await measureAll(
  { measurements: [WORKLOAD], contenders: ['noop', 'gosign', OURS] },
  { ...FORMS.short, rounds: ROUNDS, saturationSeconds: 1.5, latencySeconds: 0 },
  (line) => console.error(line),
);
console.log(renderResults({ ...results, verdicts: [] }));
const { ok, line } = guardVerdict({
  toGosign: ratioTo('gosign', results),
  toNoop: ratioTo('noop', results),
  recordedToNoop: ratioTo('noop', recorded())?.median,
});
console.log(`\n${line}`);
process.exitCode = ok ? 0 : 1;

function ratioTo(other: string, from: Results | undefined) {
  return cpuRatio(
    from?.workloads.find(({ name }) => name === WORKLOAD),
    OURS,
    other,
  );
}

function recorded(): Results | undefined {
  try {
    return JSON.parse(readFileSync(RECORDED, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
