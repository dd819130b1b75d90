import { describe, expect, it } from 'vitest';
import { renderChart } from '../../../bench/report/chart.ts';
import { guardVerdict } from '../../../bench/report/guard.ts';
import type { Results, Round, WorkloadResult } from '../../../bench/report/results.ts';
import { renderResults } from '../../../bench/report/table.ts';
import { verdictsOf } from '../../../bench/report/verdicts.ts';
import { besideLargeNote } from '../../../bench/runs/beside-large.ts';

const latencyMs = (p50: number) => ({ p50, p99: 2 * p50, p999: 3 * p50, max: 4 * p50 });
const memory = { rssBytes: 100e6, pssBytes: 50e6 };

/** Rounds in which the machine is as slow as it says. */
function rounds(serverUs: number, p50: number, slowness = [1, 1.1, 3]): Round[] {
  return slowness.map((factor) => ({
    rps: 1e6 / serverUs / factor,
    serverUs: serverUs * factor,
    envoyUs: 80 * factor,
    latencyMs: latencyMs(p50),
    slicesP50Ms: [p50, p50 * factor],
    bad: 0,
  }));
}

const headers: WorkloadResult = {
  name: 'headers',
  title: 'Header-only <requests> & "more"',
  rate: 2000,
  contenders: [
    { name: 'envoy', rounds: rounds(0, 0.3) },
    { name: 'noop', rounds: rounds(75, 0.6), memory },
    { name: 'gosign', rounds: rounds(60, 0.5), memory },
    { name: 'ours-tcp', rounds: rounds(90, 0.7), memory },
  ],
};

const results: Results = {
  at: '2026-01-02T03:04:05.000Z',
  form: 'short',
  machine: { cpu: 'CPU <1>', cores: 2, memoryGb: 8, kernel: '6.1', node: 'v24', envoy: '1.40.0', loadBefore: 0.1 },
  workloads: [headers],
  verdicts: verdictsOf({ workloads: [headers], starts: [{ readySeconds: 0.5, idleRssBytes: 130e6 }] }),
  notes: ['a note'],
};

describe('the verdicts', () => {
  it('are of paired rounds, against the bounds, for what was measured', () => {
    const found = new Map(results.verdicts.map((verdict) => [verdict.name, verdict]));
    expect([...found.keys()]).toEqual(['cpu-to-gosign', 'latency-added', 'memory-idle', 'start']);
    expect(found.get('cpu-to-gosign')).toMatchObject({ value: { median: 1.5 }, bound: 1.25, met: false });
    expect(found.get('cpu-to-gosign')?.value.spread).toBeCloseTo(0);
    // Of each slice: 0.1 ms in three, and in three 0.1, 0.11 and 0.3 ms.
    expect(found.get('latency-added')?.value).toMatchObject({ count: 6 });
    expect(found.get('latency-added')?.value.median).toBeCloseTo(0.1);
    expect(found.get('latency-added')?.met).toBe(true);
    expect(found.get('memory-idle')).toMatchObject({ value: { median: 130 }, met: false });
    expect(found.get('start')?.met).toBe(true);
  });

  it('pair what is beside signed bodies with what is beside others, by round', () => {
    const waits = (p99: number) => ({ p50: 1, p99, probeP50: 0.5, probeP99: p99 / 2 });
    const rounds = [1, 5, 30].map((noise) => ({
      alone: waits(noise),
      besideUnsigned: waits(noise + 0.5),
      besideSigned: waits(noise + 0.75),
    }));
    const [found] = verdictsOf({ workloads: [], besideLarge: rounds });
    expect(found).toMatchObject({ name: 'beside-large', value: { median: 0.25, spread: 0 }, bound: 1, met: true });
    const note = besideLargeNote(rounds);
    expect(note).toContain('add, at p50 and p99, 0.00 ±0.00 and 0.75 ±0.00 ms to requests, 0.00 ±0.00 and 0.38 ±0.00');
    expect(note).toContain('never sees add 0.00 ±0.00 and 0.50 ±0.00 ms to requests');
  });

  it('leave out rounds of which the host took much, unless it let none be calm', () => {
    const round = (withMs: number, disturbed: number) => ({ withoutMs: 2, withMs, disturbed, coldBad: 0 });
    const ratioOf = (cold: ReturnType<typeof round>[]) => verdictsOf({ workloads: [], cold })[0]?.value;
    expect(ratioOf([round(2, 0.01), round(40, 0.2), round(3, 0.05)])).toMatchObject({ median: 1.25, count: 2 });
    expect(ratioOf([round(20, 0.3), round(40, 0.2)])).toMatchObject({ median: 15, count: 2 });
  });

  it('count whatever is no 2xx', () => {
    const stock = (statuses: [number, number][], errors: number) => {
      const latency = latencyMs(1);
      const result = { requests: 10, byStatus: new Map(statuses), errors, errorKinds: new Map(), rps: 1 };
      return verdictsOf({ workloads: [], stock: { seconds: 9, result: { ...result, latencyMs: latency } } })[0];
    };
    expect(
      stock(
        [
          [200, 9],
          [204, 1],
        ],
        0,
      ),
    ).toMatchObject({ met: true, value: { median: 0 } });
    expect(
      stock(
        [
          [200, 5],
          [503, 2],
        ],
        3,
      ),
    ).toMatchObject({ met: false, value: { median: 5 } });
  });
});

describe('the table', () => {
  const text = renderResults(results);
  const row = (name: string) => text.split('\n').find((line) => line.startsWith(`${name} `)) ?? '';

  it('has medians, spreads and the ratios to both peers', () => {
    expect(row('ours-tcp')).toMatch(/ours-tcp +99\.0 ±\d/);
    expect(row('ours-tcp')).toMatch(/1\.50 ±0\.00 +1\.20 ±0\.00$/);
    expect(row('gosign')).toMatch(/1\.00 ±0\.00 +0\.80 ±0\.00$/);
  });

  it('leaves out what a contender does not have', () => {
    // Envoy's CPU and three latencies: no server, so no memory and nothing to compare.
    expect(row('envoy').match(/±/g)).toHaveLength(4);
    expect(row('envoy')).not.toContain('NaN');
  });

  it('ends with the verdicts and the notes', () => {
    expect(text).toMatch(/ours \/ gosign +1\.50 ±0\.00 × +1\.25 × +MISSED/);
    expect(text).toMatch(/start to ready +0\.50 s +0\.7 s +met/);
    expect(text.endsWith('a note')).toBe(true);
  });
});

describe('the chart', () => {
  const svg = renderChart(results);

  it('is well-formed XML, whatever stands in titles and names', () => {
    expect(wellFormed(svg)).toBe(true);
    expect(svg).toContain('Header-only &#60;requests&#62; &#38; &#34;more&#34;');
    expect(wellFormed(svg.replace('</svg>', ''))).toBe(false);
    expect(wellFormed(svg.replace('&#38;', '&'))).toBe(false);
  });

  it('draws as long as it was measured, Envoy first', () => {
    const width = (style: string) =>
      [...svg.matchAll(new RegExp(`class="${style}" x="[\\d.]+" y="\\d+" width="([\\d.]+)" height="16"`, 'g'))].map(
        ([, value]) => Number(value),
      );
    const [ours = 0] = width('ours');
    const [noop = 0, gosign = 0] = width('server');
    expect(width('envoy')).toHaveLength(4);
    expect(ours / gosign).toBeCloseTo(1.5, 1);
    expect(noop / gosign).toBeCloseTo(1.25, 1);
  });

  it('has colours for both schemes, and paints no background', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).not.toMatch(/<rect[^>]*width="720"/);
    expect(svg).not.toContain('NaN');
  });
});

describe('the guard', () => {
  const summary = (median: number, spread = 0.05) => ({ median, spread, count: 9 });

  it('holds the service against the Go signer where there is one', () => {
    expect(guardVerdict({ toGosign: summary(0.99) }).ok).toBe(true);
    expect(guardVerdict({ toGosign: summary(1.04) }).ok).toBe(true);
    expect(guardVerdict({ toGosign: summary(1.06) }).ok).toBe(false);
    expect(guardVerdict({ toGosign: summary(1.06), toNoop: summary(1), recordedToNoop: 2 }).ok).toBe(false);
  });

  it('else against what was recorded, if anything was', () => {
    expect(guardVerdict({ toNoop: summary(1.3), recordedToNoop: 1.28 }).ok).toBe(true);
    expect(guardVerdict({ toNoop: summary(1.4), recordedToNoop: 1.28 }).ok).toBe(false);
    expect(guardVerdict({ toNoop: summary(9) }).line).toContain('nothing is recorded');
    expect(guardVerdict({}).ok).toBe(false);
  });
});

/** Tags nest and close, attributes are quoted, and no bare `<`, `>` or `&` is left. */
function wellFormed(xml: string): boolean {
  const open: string[] = [];
  const tag = /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*")*)(\/?)>/gi;
  const rest = xml.replace(tag, (_, closing: string, name: string, _attributes: string, empty: string) => {
    if (closing && open.pop() !== name) open.push('mismatch');
    if (!closing && !empty) open.push(name);
    return '';
  });
  return open.length === 0 && !/[<>]|&(?!#\d+;)/.test(rest);
}
