import { setTimeout as delay } from 'node:timers/promises';
import { type Contender, type ContenderOptions, requireContender } from '../contenders/contender.ts';
import { borrowed, startOurs } from '../contenders/servers.ts';
import { HostWatch } from '../host-watch.ts';
import { evenly } from '../metronome.ts';
import { withSpread } from '../report/text-table.ts';
import { requestBytes } from '../request-bytes.ts';
import { summarize } from '../statistics.ts';
import { startLoad } from './child-load.ts';
import { undisturbed } from './undisturbed.ts';

const LARGE_BYTES = 1024 * 1024;
/** Bodies, a second; low enough for two cores to have time left. */
const LARGE_PER_SECOND = 20;
/** Of requests without a body, and of probes. */
const SMALL_PER_SECOND = 250;
const SECONDS = 6;
const SETTLE_SECONDS = 0.25;

/** What requests without a body wait, in milliseconds. */
export interface Waits {
  /** Signed requests, through an Envoy of their own. */
  p50: number;
  p99: number;
  /** The same of the server's /healthz, which nothing but its event loop delays. */
  probeP50: number;
  probeP99: number;
}

/** One round: alone; beside bodies that an Envoy takes in without the server; beside bodies that the server signs. */
export interface LargeRound {
  alone: Waits;
  besideUnsigned: Waits;
  besideSigned: Waits;
}

/**
 * What bodies of 1 MiB do to requests beside them. These come through another Envoy and from another process, as from
 * another machine, so that what they have in common is the server, and what is left of the machine's cores and caches;
 * bodies that the server never sees take as much of the latter.
 */
export async function measureBesideLarge(rounds: number, log: (line: string) => void): Promise<LargeRound[]> {
  await using stack = new AsyncDisposableStack();
  const watch = await HostWatch.start();
  stack.defer(async () => watch?.close());
  const small = await started('small', () => startOurs());
  stack.defer(small.close);
  const { server } = small;
  if (server === undefined) throw new Error('no server');
  const signed = await started('signed', async () => borrowed(server), true);
  stack.defer(signed.close);
  const unsigned = await started('unsigned', undefined, true);
  stack.defer(unsigned.close);
  const beside = async (bodies?: Contender) => {
    const seconds = SECONDS + 2 * SETTLE_SECONDS;
    const args = [bodies?.portOf('bodies') ?? 0, LARGE_BYTES, LARGE_PER_SECOND, seconds];
    const load = bodies && (await startLoad('large-bodies.ts', args));
    await delay(SETTLE_SECONDS * 1000);
    const waits = await measureWaits(small, watch);
    const bad = await load?.bad;
    if (bad) throw new Error(`${bad} bodies were not answered with 2xx`);
    return waits;
  };
  // Until both compilers are done, of the server and of what is measured with.
  for (let warm = 0; warm < 2; warm++) for (const bodies of [signed, unsigned]) await beside(bodies);
  const results: LargeRound[] = [];
  for (let index = 0; index < rounds; index++) {
    const taken = new Map<Contender | undefined, Waits>();
    const turn = [undefined, unsigned, signed];
    for (const bodies of index % 2 === 0 ? turn : turn.toReversed()) taken.set(bodies, await beside(bodies));
    const of = (bodies: Contender | undefined) => taken.get(bodies) as Waits;
    const round = { alone: of(undefined), besideUnsigned: of(unsigned), besideSigned: of(signed) };
    results.push(round);
    log(`  round ${index + 1} of ${rounds}: ${line(round)}`);
  }
  return results;
}

function started(name: string, server?: ContenderOptions['server'], elsewhere = false): Promise<Contender> {
  const filter = server === undefined ? 'none' : 'ext_proc';
  return requireContender({ name, gateway: { filter }, ...(server && { server }), elsewhere });
}

/** Both loads at once. */
async function measureWaits(contender: Contender, watch: HostWatch | undefined): Promise<Waits> {
  const [requests, probes] = await Promise.all([
    paced(contender.portOf('gateway'), { path: '/prod/orders?page=2', headers: { accept: 'application/json' } }, watch),
    paced(contender.server?.adminPort ?? 0, { path: '/healthz' }, watch),
  ]);
  return { p50: requests.p50, p99: requests.p99, probeP50: probes.p50, probeP99: probes.p99 };
}

function paced(port: number, shape: Parameters<typeof requestBytes>[0], watch: HostWatch | undefined) {
  const request = requestBytes(shape);
  const dueMs = evenly(SMALL_PER_SECOND, SECONDS);
  return undisturbed({ port, dueMs, next: () => request, warm: SMALL_PER_SECOND * SETTLE_SECONDS }, watch);
}

/** Paired by round, p50 and p99: what bodies add to the waits of requests and of probes. */
export function besideLargeNote(rounds: readonly LargeRound[]): string {
  const added = (key: keyof Waits, from: keyof LargeRound, to: keyof LargeRound) =>
    withSpread(summarize(rounds.map((round) => round[to][key] - round[from][key])));
  const both = (from: keyof LargeRound, to: keyof LargeRound) =>
    `${added('p50', from, to)} and ${added('p99', from, to)} ms to requests, ${added('probeP50', from, to)} and ${added('probeP99', from, to)} ms to probes of /healthz`;
  return [
    `${LARGE_PER_SECOND} signed bodies of 1 MiB a second add, at p50 and p99, ${both('alone', 'besideSigned')}.`,
    `Of that, bodies that the server never sees add ${both('alone', 'besideUnsigned')}: the cores.`,
  ].join(' ');
}

function line({ alone, besideUnsigned, besideSigned }: LargeRound): string {
  const text = ({ p50, p99, probeP50, probeP99 }: Waits) =>
    `${p50.toFixed(2)}/${p99.toFixed(2)} (${probeP50.toFixed(2)}/${probeP99.toFixed(2)})`;
  return `p50/p99 ms (of probes) alone ${text(alone)}, beside unsigned bodies ${text(besideUnsigned)}, beside signed ones ${text(besideSigned)}`;
}
