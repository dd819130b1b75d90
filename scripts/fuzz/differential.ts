// Signs random requests with this signer and with three others, and demands of all of them the same signature.
import { parseArgs } from 'node:util';
import { fuzzSeed } from '../../test/support/prng.ts';
import { KNOWN_DIFFERENCES } from './differential/known-differences.ts';
import { startPythonPeers } from './differential/python-peers.ts';
import { type Failure, type RunResult, runDifferential } from './differential/run.ts';

const USAGE = `npm run fuzz:differential -- [--cases 5000] [--seed N] [--reasons]

  --seed     repeats a run; the case of seed N + i is the run's i-th
  --reasons  says why each known difference is one`;

const options = {
  cases: { type: 'string', default: '5000' },
  seed: { type: 'string' },
  reasons: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const cases = Number(values.cases);
  const seed = values.seed === undefined ? fuzzSeed() : Number(values.seed);
  if (values.help || !Number.isInteger(cases) || !Number.isInteger(seed)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const started = performance.now();
  const peers = await startPythonPeers();
  try {
    const result = await runDifferential(peers, seed, cases);
    print(result, seed, (performance.now() - started) / 1000);
    if (values.reasons) printReasons();
    if (result.failure) printFailure(result.failure);
    return result.failure ? 1 : 0;
  } finally {
    await peers.close();
  }
}

function print({ cases, confirmed, tally }: RunResult, seed: number, seconds: number): void {
  console.log(`${cases} cases from seed ${seed} in ${seconds.toFixed(1)} s; ${confirmed} confirmed by a peer at least`);
  for (const [what, count] of [...tally].sort()) console.log(`${String(count).padStart(8)}  ${what}`);
}

function printReasons(): void {
  for (const { peer, name, reason } of KNOWN_DIFFERENCES) console.log(`${peer}: ${name}: ${reason}`);
}

function printFailure({ seed, wrong, smallest, ours, different }: Failure): void {
  const { request, parameters, payloadHash, now } = smallest;
  const shown = { ...parameters, signedHeaders: [...parameters.signedHeaders] };
  console.log(`\n${wrong}; repeat with --cases 1 --seed ${seed}; shrunk:`);
  console.log(JSON.stringify({ request, parameters: shown, payloadHash, now }, undefined, 2));
  if (different) console.log(`ours:   ${different.ours}\ntheirs: ${different.theirs}`);
  console.log(`leaves as: ${ours.path}\nour canonical request:\n${ours.canonicalRequest}`);
}
