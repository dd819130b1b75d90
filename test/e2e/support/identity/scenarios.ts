import { setTimeout as delay } from 'node:timers/promises';
import type { ClientResponse } from '../client.ts';
import { type LoadReport, startLoad, summaryOf } from './steady-load.ts';
import { type Caller, type IdentityWorld, notFor } from './world.ts';

const AT_ONCE = 1_000;
const CONTROL_PER_SECOND = 20;
const RECOVERY_DEADLINE_MS = 20_000;
const POLL_MS = 100;
/** Of the breaker. */
const FAILURES_TO_OPEN = 10;

/** A thousand requests at once whose credentials are not cached: of one caller, or of as many callers. */
export async function coldCrowd(world: IdentityWorld, callers: readonly Caller[]) {
  const before = { calls: world.sts.calls.length, misses: await misses(world) };
  const started = performance.now();
  const asked = Array.from({ length: AT_ONCE }, async (_, n) => {
    const caller = callers[n % callers.length] as Caller;
    return notFor(caller, await world.askAs(caller));
  });
  const problems = (await Promise.all(asked)).filter((problem) => problem !== undefined);
  const seconds = (performance.now() - started) / 1000;
  return {
    seconds,
    problems: problems.slice(0, 5),
    stsCalls: world.sts.calls.length - before.calls,
    /** Requests that had to wait for STS. */
    waited: (await misses(world)) - before.misses,
  };
}

export interface RotationOptions {
  /** How long each session lives. */
  lifetimeSeconds: number;
  /** How long STS takes over each answer but the first ones. */
  stsDelayMs: number;
  seconds: number;
  perSecond: number;
}

/** Steady load on one role of the workload and of one caller, whose sessions end over and over. */
export async function rotation(world: IdentityWorld, options: RotationOptions) {
  const { lifetimeSeconds, stsDelayMs, seconds, perSecond } = options;
  const [caller] = (await world.callers(1)) as [Caller];
  world.sts.lifetimeSeconds = lifetimeSeconds;
  const cold = [await world.askAs(caller), await world.askAsWorkload()];
  const coldMisses = await misses(world);
  world.sts.setFault('slow', { delayMs: stsDelayMs });
  const judge = (response: ClientResponse, n: number) =>
    n % 2 ? notFor(caller, response) : response.status === 200 ? undefined : `status ${response.status}`;
  const load = startLoad({ perSecond, judge, ask: (n) => (n % 2 ? world.askAs(caller) : world.askAsWorkload()) });
  const control = startLoad({ perSecond: CONTROL_PER_SECOND, ask: world.askWithKeys });
  await delay(seconds * 1000);
  const report = await load.stop();
  return {
    cold: cold.map(({ status }) => status),
    ...{ report, control: await control.stop() },
    waited: (await misses(world)) - coldMisses,
    refreshed: await world.metric('sigv4_credentials_refreshes_total', 'outcome="ok"'),
    refreshesFailed: await world.metric('sigv4_credentials_refreshes_total', 'outcome="SIGV4'),
    callsOf: (action: string) => world.sts.calls.filter((call) => call.action === action).length,
  };
}

/** How many sessions one identity has at least and at most in a time, the first one included. */
export function sessionsWithin({
  lifetimeSeconds,
  stsDelayMs,
  seconds,
}: RotationOptions): [least: number, most: number] {
  // Used up to 5 s before the end, of which STS names the whole second; refreshed within the third quarter of that.
  const shortest = (lifetimeSeconds - 6) / 2;
  const longest = ((lifetimeSeconds - 5) * 3) / 4 + stsDelayMs / 1000;
  return [1 + Math.floor((seconds - 1) / longest), 1 + Math.ceil(seconds / shortest)];
}

export interface OutageOptions {
  /** `error500`: STS answers that; `down`: it refuses connections. */
  kind: 'error500' | 'down';
  seconds: number;
  /** How long the sessions of the callers live who came before. */
  lifetimeSeconds: number;
  liveCallers: number;
  /** Requests of callers with live credentials, and as many of new callers. */
  perSecond: number;
}

/** Load of callers that were there before STS stopped, and of ones that come only then. */
export async function outage(world: IdentityWorld, options: OutageOptions) {
  const { kind, seconds, liveCallers, perSecond } = options;
  const [known, unknown] = await Promise.all([world.callers(liveCallers), world.callers(perSecond * (seconds + 2))]);
  world.sts.lifetimeSeconds = options.lifetimeSeconds;
  for (const caller of known) await world.askAs(caller);
  const calls = () => world.metric('sigv4_sts_calls_total');
  const callsBefore = await calls();
  if (kind === 'down') await world.sts.down();
  else world.sts.setFault(kind);
  const stoppedAt = performance.now();

  const liveOne = (n: number) => known[n % known.length] as Caller;
  const ofLive = startLoad({
    perSecond,
    ask: (n) => world.askAs(liveOne(n)),
    judge: (response, n) => notFor(liveOne(n), response),
  });
  const ofFresh = startLoad({
    perSecond,
    ask: (n) => world.askAs(unknown[n % unknown.length] as Caller),
    judge: notUnavailable,
  });
  const ofKeys = startLoad({ perSecond: CONTROL_PER_SECOND, ask: world.askWithKeys });
  while ((await calls()) - callsBefore < FAILURES_TO_OPEN) await delay(POLL_MS);
  // Those that were on their way when it opened.
  await delay(1_000);
  const opened = { at: performance.now(), calls: await calls() };
  await delay(seconds * 1000 - (performance.now() - stoppedAt));
  const [live, fresh, control] = await Promise.all([ofLive.stop(), ofFresh.stop(), ofKeys.stop()]);
  const callsWhileOpen = (await calls()) - opened.calls;
  const openSeconds = (performance.now() - opened.at) / 1000;
  const refreshesFailed = await world.metric('sigv4_credentials_refreshes_total', 'outcome="SIGV4');

  if (kind === 'down') await world.sts.up();
  else world.sts.setFault('none');
  return {
    ...{ live, fresh, control, refreshesFailed },
    ...{ callsUntilOpen: opened.calls - callsBefore, callsWhileOpen, openSeconds },
    recoveredAfterMs: await recovery(world),
  };
}

/** What came of it, for people. */
export function outageText(what: string, result: Awaited<ReturnType<typeof outage>>): string {
  const { live, fresh, control, callsUntilOpen, callsWhileOpen, openSeconds, refreshesFailed, recoveredAfterMs } =
    result;
  return [
    `${what}: callers with live credentials: ${summaryOf(live)}; ${refreshesFailed} refreshes failed`,
    `new callers: ${summaryOf(fresh)}; served ${recoveredAfterMs.toFixed(0)} ms after it was back`,
    `signed without STS: ${summaryOf(control)}`,
    `${callsUntilOpen} calls until the breaker was open, ${callsWhileOpen} in the ${openSeconds.toFixed(1)} s after that`,
  ].join('\n');
}

function notUnavailable({ status, headers, body }: ClientResponse): string | undefined {
  const isAsDocumented = status === 503 && body.includes('"SIGV4_STS_UNAVAILABLE"');
  if (isAsDocumented && /^[1-9]\d*$/.test(headers['retry-after'] ?? '')) return undefined;
  return `status ${status}, retry-after ${headers['retry-after']}: ${body.trim()}`;
}

/** How long it takes until a caller is served who was never there before. */
async function recovery(world: IdentityWorld): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < RECOVERY_DEADLINE_MS) {
    const [caller] = (await world.callers(1)) as [Caller];
    if (notFor(caller, await world.askAs(caller)) === undefined) return performance.now() - started;
    await delay(POLL_MS);
  }
  throw new Error(`no new caller is served ${RECOVERY_DEADLINE_MS / 1000} s after STS is back`);
}

export interface SlowStsOptions {
  stsDelayMs: number;
  rounds: number;
  roundSeconds: number;
  cachedPerSecond: number;
  coldPerSecond: number;
}

/** Rounds of callers whose credentials are cached, alone and beside new callers that a slow STS keeps waiting. */
export async function slowSts(world: IdentityWorld, options: SlowStsOptions) {
  const { stsDelayMs, rounds, roundSeconds, cachedPerSecond, coldPerSecond } = options;
  const cached = await world.callers(10);
  for (const caller of cached) await world.askAs(caller);
  const cachedOne = (n: number) => cached[n % cached.length] as Caller;
  const alone: LoadReport[] = [];
  const beside: LoadReport[] = [];
  const cold: LoadReport[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const hammered = round % 2 === 1;
    const fresh = await world.callers(hammered ? coldPerSecond * (roundSeconds + 2) : 0);
    if (hammered) world.sts.setFault('slow', { delayMs: stsDelayMs });
    const ofCached = startLoad({
      perSecond: cachedPerSecond,
      ask: (n) => world.askAs(cachedOne(n)),
      judge: (response, n) => notFor(cachedOne(n), response),
    });
    const ofCold = hammered
      ? startLoad({ perSecond: coldPerSecond, ask: (n) => world.askAs(fresh[n % fresh.length] as Caller) })
      : undefined;
    await delay(roundSeconds * 1000);
    (hammered ? beside : alone).push(await ofCached.stop());
    if (ofCold === undefined) continue;
    cold.push(await ofCold.stop());
    world.sts.setFault('none');
    await recovery(world);
  }
  return { alone, beside, cold };
}

function misses(world: IdentityWorld): Promise<number> {
  return world.metric('sigv4_credentials_lookups_total', 'outcome="miss"');
}
