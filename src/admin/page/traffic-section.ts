import { type Counts, noCounts, OUTCOMES } from '../journal/index.ts';
import { rate, took, whole } from './format.ts';
import { type Html, html } from './html.ts';
import type { PageSources } from './page-sources.ts';

/** Rates are those of this many seconds. */
const RATE_SECONDS = 10;
const CHART_SECONDS = 300;
const SECONDS_PER_BAR = 5;

/** What happens now: rates, latencies, and the last five minutes as bars. */
export function trafficSection({ journal, credentials, openStreams }: PageSources, now: number): Html {
  const seconds = journal.traffic.last(CHART_SECONDS, now);
  const recent = sum(seconds.slice(-RATE_SECONDS));
  const perSecond = (...outcomes: (keyof Counts)[]) =>
    rate(outcomes.reduce((total, outcome) => total + recent[outcome], 0) / RATE_SECONDS);
  const sts = sum(journal.sts.last(60, now));
  const broken = credentials.brokenEndpoints;
  const latency = (share: number) => took(journal.latency.quantile(share, now));
  return html`
    <div class="tiles">
      ${tile('Signed', perSecond('signed'), 'a second')}
      ${tile('Refused', perSecond('refused'), 'a second, 4xx', recent.refused > 0 ? 'warn' : '')}
      ${tile('Failed', perSecond('failed'), 'a second, 5xx', recent.failed > 0 ? 'bad' : '')}
      ${recent.passed > 0 && tile('Passed', perSecond('passed'), 'a second, unsigned', 'warn')}
      ${tile('Latency', latency(0.5), `median; 99th percentile ${latency(0.99)}`)}
      ${tile('Streams', whole(openStreams()), 'open')}
      ${tile('STS', whole(sts.signed + sts.failed), `calls in a minute, ${whole(sts.failed)} failed`, sts.failed > 0 ? 'warn' : '')}
      ${broken > 0 && tile('STS breakers', whole(broken), 'open: endpoints left alone', 'bad')}
    </div>
    ${chart(seconds)}`;
}

function tile(name: string, value: string, unit: string, state = ''): Html {
  return html`<div class="tile ${state}"><h3>${name}</h3><p class="figure">${value}</p><p class="unit">${unit}</p></div>`;
}

function sum(counts: readonly Counts[]): Counts {
  const total = noCounts();
  for (const each of counts) for (const outcome of OUTCOMES) total[outcome] += each[outcome];
  return total;
}

/** Bars of the last five minutes, the newest at the right. */
function chart(seconds: readonly Counts[]): Html {
  const bars = Array.from({ length: CHART_SECONDS / SECONDS_PER_BAR }, (_, index) =>
    sum(seconds.slice(index * SECONDS_PER_BAR, (index + 1) * SECONDS_PER_BAR)),
  );
  const heights = bars.map(({ signed, passed, refused, failed }) => signed + passed + refused + failed);
  const highest = Math.max(...heights, 1);
  const peak = rate(Math.max(...heights) / SECONDS_PER_BAR);
  const rects = bars.flatMap((bar, index) => barRects(bar, index, highest));
  return html`
    <figure class="chart">
      <svg viewBox="0 0 600 64" preserveAspectRatio="none" role="img" aria-label="Requests of the last five minutes; at most ${peak} a second">${rects}</svg>
      <figcaption><span>5 min ago</span><span>at most ${peak} a second</span><span>now</span></figcaption>
    </figure>`;
}

function barRects(bar: Counts, index: number, highest: number): Html[] {
  let bottom = 64;
  return (['signed', 'passed', 'refused', 'failed'] as const).flatMap((outcome) => {
    if (bar[outcome] === 0) return [];
    // One request among thousands is still seen.
    const height = Math.max((bar[outcome] / highest) * 60, 1.5);
    bottom -= height;
    const y = Math.max(bottom, 0).toFixed(1);
    return [html`<rect class="${outcome}" x="${index * 10 + 1}" y="${y}" width="8" height="${height.toFixed(1)}"/>`];
  });
}
