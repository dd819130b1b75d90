// Sends random and hostile requests to the signer: none may crash it, hang it, or get out unsigned.
import { parseArgs } from 'node:util';
import { fuzzSeed } from '../../test/support/prng.ts';
import { measureGrowth } from './hostile/linear-time.ts';
import { runEnvoy } from './hostile/run-envoy.ts';
import { type Failure, runStreams } from './hostile/run-streams.ts';

const USAGE = `npm run fuzz:hostile -- [--requests 100000] [--envoy 4000] [--seed N]

  --requests  so many, each on an ext_proc stream of its own, in this process
  --envoy     so many through a real Envoy to the built signer, over HTTP/1.1 and HTTP/2 by turns
  --seed      repeats a run; the request of seed N + i is the run's i-th`;

const options = {
  requests: { type: 'string', default: '100000' },
  envoy: { type: 'string', default: '4000' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const [requests, throughEnvoy] = [Number(values.requests), Number(values.envoy)];
  const seed = values.seed === undefined ? fuzzSeed() : Number(values.seed);
  if (values.help || ![requests, throughEnvoy, seed].every(Number.isInteger)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  console.log(`seed ${seed}`);
  const passed = [showGrowth(), await fuzzStreams(seed, requests), await fuzzEnvoy(seed, throughEnvoy)];
  return passed.every(Boolean) ? 0 : 1;
}

function showGrowth(): boolean {
  const steps = measureGrowth();
  const slow = steps.filter(({ isLinear }) => !isLinear);
  const { name, milliseconds } = steps.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a));
  console.log(`${steps.length} kinds of 1 MiB; slowest: ${name}, ${milliseconds.toFixed(0)} ms`);
  for (const step of slow) {
    console.log(
      `NOT LINEAR: ${step.name}: ${step.milliseconds.toFixed(0)} ms, ${step.growth.toFixed(0)} times an eighth of it`,
    );
  }
  return slow.length === 0;
}

async function fuzzStreams(seed: number, requests: number): Promise<boolean> {
  const started = performance.now();
  const { tally, slowest, failures, requests: done } = await runStreams(seed, requests);
  const slow = `slowest: ${slowest.milliseconds.toFixed(0)} ms, of seed ${slowest.seed}`;
  return print(`${done} requests on streams in ${secondsSince(started)} s; ${slow}`, tally, failures);
}

async function fuzzEnvoy(seed: number, requests: number): Promise<boolean> {
  if (requests === 0) return true;
  const started = performance.now();
  const { tally, failures, requests: done } = await runEnvoy(seed, requests);
  return print(`${done} requests through Envoy in ${secondsSince(started)} s`, tally, failures);
}

function print(title: string, tally: ReadonlyMap<string, number>, failures: readonly Failure[]): boolean {
  console.log(title);
  for (const [what, count] of [...tally].sort()) console.log(`${String(count).padStart(8)}  ${what}`);
  for (const { seed, problem, request } of failures) {
    console.log(`\nWRONG, seed ${seed}: ${problem.slice(0, 2000)}\n${JSON.stringify(request, brief).slice(0, 2000)}`);
  }
  return failures.length === 0;
}

/** Bodies as the bytes they are, cut short; no token. */
function brief(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^Bearer .{20,}/, 'Bearer …').slice(0, 300);
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && 'data' in value;
  return isBuffer && Array.isArray(value.data) ? String.fromCharCode(...value.data.slice(0, 300)) : value;
}

function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
