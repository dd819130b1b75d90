// What callers whose credentials are not cached cost, Envoy and gRPC aside: CPU, garbage and the longest turn of the event
// loop while a crowd of them comes at once and STS answers late. The code of src/ as it is; only the first crowd connects.
//   npm run bench:exchanges -- [--crowds 6] [--delay 1000]
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GCProfiler } from 'node:v8';
import type { CallerIdentity } from '../src/config/index.ts';
import { Clock, CredentialSource } from '../src/credentials/index.ts';
import { tokenOf } from './contenders/callers.ts';
import { startBenchSts } from './contenders/sts.ts';
import { aligned } from './report/text-table.ts';

const CROWD = 1_000;
const A_TURN = 10;
const IDENTITY: CallerIdentity = {
  source: 'caller',
  role: { arn: 'arn:aws:iam::123456789012:role/bench', sessionName: [{ kind: 'text', text: 'bench' }] },
  chain: [],
  sts: { region: 'us-east-1', fips: false, dualStack: false },
  cacheScope: 'caller',
  usesClaims: false,
};

const { values } = parseArgs({
  options: { crowds: { type: 'string', default: '6' }, delay: { type: 'string', default: '1000' } },
});
await main(Number(values.crowds), Number(values.delay));

async function main(crowds: number, delayMs: number): Promise<void> {
  const sts = await startBenchSts();
  const source = openSource(sts.url);
  try {
    await crowd(source, tokensOf('warm-up'));
    await sts.delay(delayMs);
    const rows = [];
    for (let number = 1; number <= crowds; number++) {
      const tokens = tokensOf(`crowd-${number}`);
      await wait(1_000);
      rows.push([`${number}`, ...(await measured(() => crowd(source, tokens)))]);
    }
    console.log(aligned([['crowd', 'µs of CPU', 'KB of garbage', 'longest turn, ms'], ...rows]));
  } finally {
    source.close();
    await sts.close();
  }
}

/** Of a crowd's exchange: CPU and what was collected per exchange, and the longest turn. */
async function measured(work: () => Promise<void>): Promise<string[]> {
  const collections = new GCProfiler();
  const longest = watchTurns();
  collections.start();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const collected = (collections.stop()?.statistics ?? []).reduce(
    (sum, { beforeGC, afterGC }) => sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
    0,
  );
  return [((user + system) / CROWD).toFixed(0), (collected / CROWD / 1e3).toFixed(0), (longest() / 1e3).toFixed(1)];
}

/**
 * Looks every millisecond how much the event loop has done.
 * @returns what ends it, and gives the most that was done between two looks, in µs of CPU, as others use the machine too
 */
function watchTurns(): () => number {
  let longest = 0;
  let before = process.threadCpuUsage();
  const look = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    longest = Math.max(longest, user + system);
  }, 1);
  return () => {
    clearInterval(look);
    return longest;
  };
}

/** Callers who arrive a few in each turn, as they are read from a connection. */
async function crowd(source: CredentialSource, tokens: readonly string[]): Promise<void> {
  const waiting: unknown[] = [];
  for (let next = 0; next < tokens.length; next += A_TURN) {
    for (const token of tokens.slice(next, next + A_TURN)) waiting.push(source.credentialsFor(IDENTITY, { token }));
    await turn();
  }
  await Promise.all(waiting);
}

function tokensOf(name: string): string[] {
  return Array.from({ length: CROWD }, (_, caller) => tokenOf(caller, name));
}

function openSource(url: string): CredentialSource {
  process.env.AWS_ENDPOINT_URL_STS = url;
  return new CredentialSource({
    cache: { maxEntries: 100_000, maxEntriesPerCaller: 1_000 },
    stsTimeoutMs: 30_000,
    observer: { stsCall() {}, cacheLookup() {}, refreshed() {} },
    clock: new Clock(),
  });
}
