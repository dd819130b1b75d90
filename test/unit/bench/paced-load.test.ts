import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { atRandom, beat, evenly } from '../../../bench/metronome.ts';
import { runPacedLoad } from '../../../bench/paced-load.ts';
import { requestBytes } from '../../../bench/request-bytes.ts';
import { undisturbed } from '../../../bench/runs/undisturbed.ts';

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

  it('spaces a rate at random, in the same way each time', () => {
    const due = [...atRandom(500, 60, 1)];
    expect(due).toEqual([...atRandom(500, 60, 1)]);
    expect(due).not.toEqual([...atRandom(500, 60, 2)]);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    expect(due.at(-1)).toBeLessThan(60_000);
    // 30,000 on average, and five times the deviation of a Poisson process to either side.
    expect(Math.abs(due.length - 30_000)).toBeLessThan(5 * Math.sqrt(30_000));
    // e⁻¹ of exponential gaps are longer than their mean; of even ones none or all are.
    const long = due.filter((at, index) => at - (due[index - 1] ?? 0) > 2).length;
    expect(long / due.length).toBeCloseTo(Math.exp(-1), 1);
  });
});

describe('a load of which counts what the host left alone', () => {
  const dueMs = evenly(200, 0.1);

  it('leaves out those that were disturbed', async () => {
    const port = await serve((_, response) => response.end());
    let asked = 0;
    const watch = { disturbed: ([from, to]: readonly [number, number]) => from < to && asked++ % 4 === 0 };
    const { disturbed, max } = await undisturbed({ port, dueMs, next }, watch);
    expect(asked).toBe(20);
    expect(disturbed).toBeCloseTo(0.25);
    expect(max).toBeGreaterThan(0);
  });

  it('asks of each request in the time of a clock that all processes share', async () => {
    const port = await serve((_, response) => response.end());
    const before = process.hrtime.bigint();
    const spans: (readonly [number, number])[] = [];
    await undisturbed({ port, dueMs, next }, { disturbed: (span) => spans.push(span) === 0 });
    const after = process.hrtime.bigint();
    expect(Math.min(...spans.map(([from]) => from))).toBeGreaterThanOrEqual(Number(before) / 1e6);
    expect(Math.max(...spans.map(([, to]) => to))).toBeLessThanOrEqual(Number(after) / 1e6);
  });

  it('fails where a request does', async () => {
    const port = await serve((_, response) => response.writeHead(503).end());
    await expect(undisturbed({ port, dueMs, next }, undefined)).rejects.toThrow('20 requests');
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
