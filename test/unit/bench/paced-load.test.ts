import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { beat, evenly } from '../../../bench/metronome.ts';
import { runPacedLoad } from '../../../bench/paced-load.ts';
import { requestBytes } from '../../../bench/request-bytes.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const next = () => requestBytes({ path: '/' });

describe('the metronome', () => {
  it('calls for each entry once, in order, and never ahead of its time', async () => {
    const dueMs = Float64Array.from([0, 0, 5, 5.25, 40]);
    const calls: [number, number][] = [];
    await beat(dueMs, (index, dueAt) => calls.push([index, performance.now() - dueAt]));
    expect(calls.map(([index]) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(Math.min(...calls.map(([, late]) => late))).toBeGreaterThanOrEqual(0);
  });

  it('takes several schedules, one after the other and at once', async () => {
    const counts = [0, 0, 0];
    const run = (which: number) => beat(evenly(500, 0.1), () => void counts.splice(which, 1, (counts[which] ?? 0) + 1));
    await run(0);
    await Promise.all([run(1), run(2)]);
    await beat(new Float64Array(0), () => expect.unreachable());
    expect(counts).toEqual([50, 50, 50]);
  });

  it('spaces a rate evenly', () => {
    expect([...evenly(4, 1.5)]).toEqual([0, 250, 500, 750, 1000, 1250]);
  });
});

describe('runPacedLoad', () => {
  it('counts a stall for every request that was due in it', async () => {
    // Deaf for 700 ms of each run of 1 s. A load that waits for answers would send one request into the stall for each
    // connection, and call the typical latency that of the time before.
    let stall: Promise<void> | undefined;
    let served = 0;
    const port = await serve(async (_, response) => {
      served++;
      if (served === 20) stall = delay(700);
      await stall;
      response.end('ok');
    });
    const result = await runPacedLoad({ port, dueMs: evenly(100, 1), next, connections: 1 });
    expect(served).toBe(100);
    expect(result.byStatus.get(200)).toBe(100);
    expect(result.errors).toBe(0);
    expect(result.latency.percentiles().p50).toBeGreaterThan(100);
    expect(result.latency.percentiles().max).toBeGreaterThan(600);
  });

  it('counts from when a request was due, even where this process itself is late', async () => {
    const port = await serve((_, response) => void response.end('ok'));
    let calls = 0;
    const busy = () => {
      const until = performance.now() + 300;
      while (++calls === 10 && performance.now() < until) calls--;
      return next();
    };
    const result = await runPacedLoad({ port, dueMs: evenly(100, 0.5), next: busy });
    expect(result.byStatus.get(200)).toBe(50);
    expect(result.latency.percentiles().max).toBeGreaterThan(290);
  });

  it('leaves the first out of the latency, where it is told to, and out of nothing else', async () => {
    let served = 0;
    const port = await serve(async (_, response) => {
      if (++served <= 5) await delay(200);
      response.end('ok');
    });
    const result = await runPacedLoad({ port, dueMs: evenly(100, 0.5), next, warm: 5 });
    expect(result.byStatus.get(200)).toBe(50);
    expect(result.latency.percentiles().max).toBeLessThan(200);
  });

  it('sends on while answers are due', async () => {
    let open = 0;
    let most = 0;
    const port = await serve(async (_, response) => {
      most = Math.max(most, ++open);
      await delay(100);
      open--;
      response.end('ok');
    });
    const result = await runPacedLoad({ port, dueMs: evenly(200, 0.25), next, connections: 2 });
    expect(result.byStatus.get(200)).toBe(50);
    expect(most).toBeGreaterThan(5);
  });

  it('counts statuses, and requests without an answer as errors', async () => {
    let served = 0;
    const port = await serve((request, response) => {
      served++;
      if (served % 5 === 0) request.socket.destroy();
      else if (served % 5 === 1) response.writeHead(503, { connection: 'close' }).end('down');
      else response.end('ok');
    });
    const result = await runPacedLoad({ port, dueMs: evenly(200, 0.25), next });
    expect(result.byStatus.get(503)).toBe(10);
    expect(result.byStatus.get(200)).toBe(30);
    expect(result.errors).toBe(10);
  });
});
