import { afterEach, expect, it, vi } from 'vitest';
import { PLACEMENTS } from './support/example-config.ts';
import { coldCrowd, outage, outageText, rotation, sessionsWithin, slowSts } from './support/identity/scenarios.ts';
import { summaryOf } from './support/identity/steady-load.ts';
import { arrived, type IdentityWorld, startWorld, strayRequests, type WorldOptions } from './support/identity/world.ts';

// Nothing here is about how fast the machine is.
vi.setConfig({ testTimeout: 120_000 });

let world: IdentityWorld;
afterEach(() => world?.close());

const start = async (options?: WorldOptions) => {
  world = await startWorld(options);
};

it.each(PLACEMENTS)('a thousand requests of a new caller at once are one call to STS, %s', async (placement) => {
  await start({ placement, stsTimeout: 20 });
  world.sts.setFault('slow', { delayMs: 1_500 });
  const { problems, stsCalls, waited, seconds } = await coldCrowd(world, await world.callers(1));
  console.log(`${placement}: 1,000 of one caller in ${seconds.toFixed(1)} s, ${waited} waited, ${stsCalls} STS calls`);
  expect(problems).toEqual([]);
  expect(stsCalls).toBe(1);
  expect(strayRequests(world)).toEqual([]);
  expect(arrived(world)).toBe(1_000);
});

it.each(PLACEMENTS)(
  'a thousand new callers at once are a thousand calls, each one’s its own, %s',
  async (placement) => {
    await start({ placement, stsTimeout: 20 });
    const { problems, stsCalls, waited, seconds } = await coldCrowd(world, await world.callers(1_000));
    console.log(`${placement}: 1,000 callers in ${seconds.toFixed(1)} s, ${waited} waited, ${stsCalls} STS calls`);
    expect(problems).toEqual([]);
    expect(stsCalls).toBe(1_000);
    expect(strayRequests(world)).toEqual([]);
    expect(arrived(world)).toBe(1_000);
  },
);

it('sessions that end under load are replaced ahead: no request fails, and none waits for STS', async () => {
  await start();
  const options = { lifetimeSeconds: 14, stsDelayMs: 500, seconds: 16, perSecond: 100 };
  const { cold, report, waited, refreshed, refreshesFailed, callsOf } = await rotation(world, options);
  console.log(`sessions of ${options.lifetimeSeconds} s: ${summaryOf(report)}; ${refreshed} refreshes`);
  expect(cold).toEqual([200, 200]);
  expect(report).toMatchObject({ byStatus: { 200: report.sent }, unwanted: [] });
  // Whoever finds no credentials waits; nobody else does.
  expect({ waited, refreshesFailed }).toEqual({ waited: 0, refreshesFailed: 0 });
  const [least, most] = sessionsWithin(options);
  for (const action of ['AssumeRole', 'AssumeRoleWithWebIdentity']) {
    expect(callsOf(action)).toBeGreaterThanOrEqual(least);
    expect(callsOf(action)).toBeLessThanOrEqual(most);
  }
  expect(strayRequests(world)).toEqual([]);
});

it.each(['error500', 'down'] as const)('while STS is stopped (%s), who was there before sees nothing', async (kind) => {
  await start();
  const seconds = 8;
  const result = await outage(world, { kind, seconds, lifetimeSeconds: 40, liveCallers: 8, perSecond: 50 });
  console.log(outageText(`STS ${kind} for ${seconds} s`, result));
  const { live, fresh, callsUntilOpen, callsWhileOpen, openSeconds } = result;
  expect(live).toMatchObject({ byStatus: { 200: live.sent }, unwanted: [] });
  expect(fresh).toMatchObject({ byStatus: { 503: fresh.sent }, unwanted: [] });
  expect(callsUntilOpen).toBeLessThan(fresh.sent / 2);
  expect(callsWhileOpen).toBeLessThanOrEqual(Math.ceil(openSeconds) + 1);
  expect(strayRequests(world)).toEqual([]);
});

it('while STS is slow, callers whose credentials are cached are not', async () => {
  await start();
  const options = { stsDelayMs: 5_000, rounds: 1, roundSeconds: 5, cachedPerSecond: 100, coldPerSecond: 20 };
  const { alone, beside, cold } = await slowSts(world, options);
  for (const report of alone) console.log(`cached callers alone: ${summaryOf(report)}`);
  for (const report of beside) console.log(`beside a slow STS: ${summaryOf(report)}`);
  for (const report of cold) console.log(`new callers: ${summaryOf(report)}`);
  for (const report of [...alone, ...beside]) {
    expect(report).toMatchObject({ byStatus: { 200: report.sent }, unwanted: [] });
    expect(report.latencyMs.max).toBeLessThan(options.stsDelayMs / 2);
  }
  expect(cold[0]?.byStatus).toEqual({ 503: cold[0]?.sent });
  expect(strayRequests(world)).toEqual([]);
});
