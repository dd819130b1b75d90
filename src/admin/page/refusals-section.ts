import type { Refusal } from '../journal/index.ts';
import { clockTime, span } from './format.ts';
import { type Html, html } from './html.ts';
import type { PageSources } from './page-sources.ts';

const SHOWN = 50;

/** The latest requests that were answered in AWS's stead. */
export function refusalsSection({ journal }: PageSources, now: number): Html {
  const refusals = journal.refusals().slice(0, SHOWN);
  if (refusals.length === 0) return html`<p class="empty">None so far.</p>`;
  return html`
    <table>
      <thead><tr><th scope="col">Time, UTC</th><th scope="col">Answer</th><th scope="col">Reason, as the caller was told</th><th scope="col">Route</th><th scope="col">Request id</th></tr></thead>
      <tbody>${refusals.map((refusal) => refusalRow(refusal, now))}</tbody>
    </table>`;
}

function refusalRow({ atMs, outcome, code, status, reason, routeName, requestId }: Refusal, now: number): Html {
  const iso = new Date(atMs).toISOString();
  return html`
    <tr>
      <td data-label="Time"><time datetime="${iso}" title="${iso}">${clockTime(atMs)}</time> <span class="dim ago">${span(now - atMs)} ago</span></td>
      <td data-label="Answer"><span class="chip ${outcome}">${status}</span> <code>${code}</code></td>
      <td data-label="Reason">${reason}</td>
      <td data-label="Route">${routeName ?? '–'}</td>
      <td data-label="Request id"><code>${requestId ?? '–'}</code></td>
    </tr>`;
}
