import { afterEach, expect, it } from 'vitest';
import { PLACEMENTS } from '../e2e/support/example-config.ts';
import { coldCrowd, outage, outageText, rotation, sessionsWithin, slowSts } from '../e2e/support/identity/scenarios.ts';
import { type LoadReport, summaryOf } from '../e2e/support/identity/steady-load.ts';
import {
  arrived,
  type IdentityWorld,
  startWorld,
  strayRequests,
  type WorldOptions,
} from '../e2e/support/identity/world.ts';

const CROWDS = 5;
/** Of a p99 of a few milliseconds, on a machine that does more than this. */
const MOST_P99_RATIO = 3;
const P99_NOISE_MS = 10;

let world: IdentityWorld;
afterEach(() => world?.close());

const start = async (options?: WorldOptions) => {
  world = await startWorld(options);
};

it.each(PLACEMENTS)('crowds of a thousand make one call to STS for each caller, %s', async (placement) => {
  await start({ placement, stsTimeout: 20 });
  for (const callers of Array.from({ length: CROWDS }, () => [1, 1_000]).flat()) {
    const { problems, stsCalls, waited, seconds } = await coldCrowd(world, await world.callers(callers));
    console.log(
      `${placement}: 1,000 of ${callers} in ${seconds.toFixed(1)} s, ${waited} waited, ${stsCalls} STS calls`,
    );
    expect({ problems, stsCalls }).toEqual({ problems: [], stsCalls: callers });
  }
  expect(strayRequests(world)).toEqual([]);
  expect(arrived(world)).toBe(CROWDS * 2_000);
});

it('sessions of 20 s under load for 3 minutes: no request fails or waits', async () => {
  await start();
  const options = { lifetimeSeconds: 20, stsDelayMs: 1_000, seconds: 180, perSecond: 100 };
  const { cold, report, control, waited, refreshed, refreshesFailed, callsOf } = await rotation(world, options);
  const calls = ['AssumeRole', 'AssumeRoleWithWebIdentity'].map(callsOf);
  console.log(`signed without STS: ${summaryOf(control)}`);
  console.log(`sessions of 20 s: ${summaryOf(report)}; ${refreshed} refreshes, STS calls ${calls.join(' and ')}`);
  expect(cold).toEqual([200, 200]);
  expect(report).toMatchObject({ byStatus: { 200: report.sent }, unwanted: [] });
  expect({ waited, refreshesFailed }).toEqual({ waited: 0, refreshesFailed: 0 });
  expect(report.latencyMs.max).toBeLessThan(options.stsDelayMs + control.latencyMs.max);
  const [least, most] = sessionsWithin(options);
  for (const count of calls) {
    expect(count).toBeGreaterThanOrEqual(least);
    expect(count).toBeLessThanOrEqual(most);
  }
  // All but the first of each, but one that may be under way; and the control's keys are read anew once a minute or so.
  const expected = calls.reduce((sum, count) => sum + count - 1, 0);
  expect(refreshed).toBeGreaterThanOrEqual(expected - 2);
  expect(refreshed).toBeLessThanOrEqual(expected + Math.ceil(options.seconds / 45));
  expect(strayRequests(world)).toEqual([]);
});

it.each(['error500', 'down'] as const)('STS stopped for 2 minutes under load (%s)', async (kind) => {
  await start();
  const seconds = 120;
  const options = { kind, seconds, lifetimeSeconds: 170, liveCallers: 20, perSecond: 50 };
  const result = await outage(world, options);
  console.log(outageText(`STS ${kind} for ${seconds} s`, result));
  const { live, fresh, control, refreshesFailed, recoveredAfterMs, callsUntilOpen, callsWhileOpen, openSeconds } =
    result;
  expect(live).toMatchObject({ byStatus: { 200: live.sent }, unwanted: [] });
  expect(fresh).toMatchObject({ byStatus: { 503: fresh.sent }, unwanted: [] });
  expect(fresh.latencyMs.max).toBeLessThan(1_000 + control.latencyMs.max);
  // Live credentials whose refresh came due, and failed, went on being used.
  expect(refreshesFailed).toBeGreaterThan(0);
  expect(callsUntilOpen).toBeLessThan(100);
  expect(callsWhileOpen).toBeLessThanOrEqual(Math.ceil(openSeconds) + 1);
  expect(recoveredAfterMs).toBeLessThan(2_500 + control.latencyMs.max);
  expect(strayRequests(world)).toEqual([]);
});

it('a slow STS leaves the p99 of cached callers where it was', async () => {
  await start();
  const options = { stsDelayMs: 5_000, rounds: 5, roundSeconds: 8, cachedPerSecond: 100, coldPerSecond: 20 };
  const { alone, beside, cold } = await slowSts(world, options);
  for (const [round, report] of alone.entries()) {
    console.log(`round ${round + 1}: cached callers alone: ${summaryOf(report)}`);
    console.log(`round ${round + 1}: beside a slow STS: ${summaryOf(beside[round] as LoadReport)}`);
    console.log(`round ${round + 1}: new callers: ${summaryOf(cold[round] as LoadReport)}`);
  }
  for (const report of [...alone, ...beside]) {
    expect(report).toMatchObject({ byStatus: { 200: report.sent }, unwanted: [] });
  }
  const [quiet, hammered] = [medianP99(alone), medianP99(beside)];
  console.log(`median p99: ${quiet.toFixed(1)} ms alone, ${hammered.toFixed(1)} ms beside a slow STS`);
  expect(hammered).toBeLessThan(MOST_P99_RATIO * quiet + P99_NOISE_MS);
  expect(strayRequests(world)).toEqual([]);
});

function medianP99(reports: readonly LoadReport[]): number {
  const sorted = reports.map(({ latencyMs }) => latencyMs.p99).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
