import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/admin/index.ts';
import { ERROR_TABLE } from '../../src/errors/index.ts';

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const { registry } = new Metrics({ cachedIdentities: () => 0, clockOffsetMs: () => 0 });
const metrics = registry.getMetricsAsArray() as unknown as { name: string; type: string; labelNames: string[] }[];
/** Of the names that samples have, to the labels that they may be selected by. */
const labelsOf = new Map(
  metrics.flatMap(({ name, type, labelNames }) =>
    (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]).map((sample) => [
      sample,
      new Set([...labelNames, 'instance', 'job', ...(sample.endsWith('_bucket') ? ['le'] : [])]),
    ]),
  ),
);

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}
const { groups } = parse(file('deploy/telemetry/rules.yaml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(file('deploy/telemetry/grafana-dashboard.json')) as {
  panels: { id: number; title: string; gridPos: Record<'x' | 'y' | 'w' | 'h', number>; targets: { expr: string }[] }[];
  templating: { list: { name: string; query?: unknown }[] };
};

/** What is wrong with an expression: its syntax, or metrics and labels that this service does not have. */
function problemsOf(expression: string): string[] {
  const text = expression.replaceAll('$__rate_interval', '5m');
  const problems: string[] = [];
  let metric = '';
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      const part = text.slice(from, to);
      if (type.isError) problems.push(`no PromQL at ${from}: ${text}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') {
        metric = part;
        if (!labelsOf.has(part)) problems.push(`no metric ${part}`);
      }
      if (
        type.name === 'LabelName' &&
        node.parent?.name === 'UnquotedLabelMatcher' &&
        !labelsOf.get(metric)?.has(part)
      ) {
        problems.push(`${metric} has no label ${part}`);
      }
    },
  });
  return problems;
}

describe('problemsOf', () => {
  it.each([
    ['sum(rate(sigv4_requests_total{outcome="signed"}[5m])) by (', 'no PromQL'],
    ['rate(sigv4_request_total[5m])', 'no metric sigv4_request_total'],
    ['sigv4_requests_total{outcom="signed"}', 'no label outcom'],
    ['sigv4_sts_duration_seconds{operation="x"}', 'no metric sigv4_sts_duration_seconds'],
  ])('finds what is wrong with %s', (expression, problem) => {
    expect(problemsOf(expression).join('\n')).toContain(problem);
  });
});

describe('deploy/telemetry/rules.yaml', () => {
  it.each(rules.map((rule) => [rule.alert, rule]))('%s', (_, { expr, labels, annotations }) => {
    expect(problemsOf(expr)).toEqual([]);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(annotations).toEqual({ summary: expect.stringMatching(/\w/), description: expect.stringMatching(/\w/) });
  });

  it('names alerts once, and error codes that exist', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const codes = rules.flatMap(({ expr }) => expr.match(/SIGV4_\w+/g) ?? []);
    expect(codes.filter((code) => !(code in ERROR_TABLE))).toEqual([]);
    expect(codes.length).toBeGreaterThan(3);
  });

  it('is what the PrometheusRule holds', () => {
    const custom = parse(file('deploy/telemetry/prometheus-rule.yaml')) as { kind: string; spec: object };
    expect(custom).toMatchObject({ kind: 'PrometheusRule', spec: { groups } });
  });
});

describe('deploy/telemetry/grafana-dashboard.json', () => {
  it.each(dashboard.panels.map((panel) => [panel.title, panel]))('%s', (_, { targets }) => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr } of targets) expect(problemsOf(expr)).toEqual([]);
  });

  it('has panels side by side, each with an id of its own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
  });

  it('shows every metric of the service, but what its variable asks for', () => {
    const shown = JSON.stringify(dashboard);
    const own = metrics.map(({ name }) => name).filter((name) => name.startsWith('sigv4_'));
    expect(own.filter((name) => !shown.includes(name))).toEqual([]);
  });
});

describe('docs/telemetry.md', () => {
  it('names every metric with its type and labels, and no other', () => {
    const rows = [...file('docs/telemetry.md').matchAll(/^\| `(sigv4_\w+)` \| (\w+) \|([^|]*)\|/gm)];
    const documented = rows.map(([, name, type, labels = '']) => [
      name,
      type,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    ]);
    const own = metrics.filter(({ name }) => name.startsWith('sigv4_'));
    const sorted = (list: unknown[][]) => list.sort(([a], [b]) => String(a).localeCompare(String(b)));
    expect(sorted(documented)).toEqual(sorted(own.map(({ name, type, labelNames }) => [name, type, labelNames])));
  });
});
