import { summarize } from '../statistics.ts';
import { envoyUs, figures, type Results, serverUs, type WorkloadResult } from './results.ts';

const WIDTH = 720;
const LABELS = 190;
const VALUES = 120;
const BAR = 16;
const ROW = 26;
const PANEL_HEAD = 44;
const PANEL_GAP = 18;
const MARGIN = 16;

const NAMES: Record<string, string> = {
  envoy: 'Envoy alone',
  'envoy-aws': 'Envoy, aws_request_signing',
  noop: 'grpc-js server, no-op',
  'noop-sha256': 'grpc-js, no-op + SHA-256',
  gosign: 'Go signer (grpc-go)',
  'gosign-bare': 'Go signer, told no route',
  'ours-tcp': 'sigv4-extproc, TCP',
  'ours-unix': 'sigv4-extproc, unix socket',
};

/** Colours that are told apart by their lightness too, in both of a reader's colour schemes. */
const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 14px; } .faint { fill: #59636e; font-size: 12px; }
  .envoy { fill: #b6bfc9; } .server { fill: #6e7781; } .ours { fill: #0969da; }
  .spread { stroke: #1f2328; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .faint { fill: #9198a1; }
    .envoy { fill: #454c54; } .server { fill: #9198a1; } .ours { fill: #4493f8; }
    .spread { stroke: #e6edf3; }
  }`;

/** The workloads that are drawn, as far as they were measured. */
const DRAWN = ['headers', 'body-1m'];

/** The CPU per request of each contender as an SVG image: Envoy's part and the server's, with the spread of the latter. */
export function renderChart({ workloads, machine, at }: Results): string {
  const drawn = DRAWN.flatMap((name) => workloads.filter((workload) => workload.name === name));
  let y = MARGIN;
  const panels: string[] = [];
  for (const workload of drawn) {
    panels.push(panel(workload, y));
    y += PANEL_HEAD + workload.contenders.length * ROW + PANEL_GAP;
  }
  const legend = legendAt(y);
  const { cpu, cores, node, envoy } = machine;
  const how = "Medians of rounds in turns; the line is the server's spread.";
  const where = `${cpu}, ${cores} cores; Node ${node}, Envoy ${envoy}; ${at.slice(0, 10)}.`;
  const height = y + 68;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
<title id="title">CPU time per request: Envoy's part and the server's</title>
<style>${STYLE}
</style>
${[...panels, legend, text(MARGIN, y + 40, how, 'faint'), text(MARGIN, y + 56, where, 'faint')].join('\n')}
</svg>
`;
}

function panel(workload: WorkloadResult, top: number): string {
  const rows = workload.contenders.map(({ name, memory }) => ({
    name,
    envoy: summarize(figures(workload, name, envoyUs)),
    server: memory && summarize(figures(workload, name, serverUs)),
  }));
  const longest = Math.max(
    ...rows.map(({ envoy, server }) => envoy.median + (server ? server.median + server.spread : 0)),
  );
  const scale = (WIDTH - LABELS - VALUES - 2 * MARGIN) / longest;
  const left = MARGIN + LABELS;
  const parts = [text(MARGIN, top + 16, `${workload.title}: µs of CPU per request`, 'title')];
  for (const [index, { name, envoy, server }] of rows.entries()) {
    const y = top + PANEL_HEAD - 8 + index * ROW;
    const middle = y + BAR / 2;
    const split = left + envoy.median * scale;
    parts.push(text(MARGIN, middle + 4.5, NAMES[name] ?? name), bar(left, y, envoy.median * scale, 'envoy'));
    if (server === undefined) {
      parts.push(text(split + 8, middle + 4.5, whole(envoy.median), 'faint'));
      continue;
    }
    const end = split + server.median * scale;
    const reach = server.spread * scale;
    parts.push(
      bar(split, y, server.median * scale, name.startsWith('ours') ? 'ours' : 'server'),
      `<path class="spread" d="M${round(end - reach)} ${middle}H${round(end + reach)}"/>`,
      text(end + reach + 8, middle + 4.5, `${whole(envoy.median)} + ${whole(server.median)}`, 'faint'),
    );
  }
  return parts.join('\n');
}

function legendAt(y: number): string {
  const entries = [
    ['envoy', 'Envoy'],
    ['server', 'server'],
    ['ours', 'this service'],
  ] as const;
  return entries
    .map(([style, label], index) => {
      const x = MARGIN + LABELS + index * 120;
      return `${bar(x, y, 12, style, 12)}\n${text(x + 18, y + 11, label, 'faint')}`;
    })
    .join('\n');
}

function bar(x: number, y: number, width: number, style: string, height = BAR): string {
  return `<rect class="${style}" x="${round(x)}" y="${y}" width="${round(width)}" height="${height}"/>`;
}

function text(x: number, y: number, content: string, style?: string): string {
  return `<text x="${round(x)}" y="${round(y)}"${style ? ` class="${style}"` : ''}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
