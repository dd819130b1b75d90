import { type Counts, OUTCOMES, ROUTES_KEPT, type RouteTraffic, type SeenRoute, SILENT_MS } from '../journal/index.ts';
import { configFacts } from './config-facts.ts';
import { rate, roleParts, span, took, whole } from './format.ts';
import { type Html, html } from './html.ts';
import type { PageSources } from './page-sources.ts';

const RATE_SECONDS = 60;

/** The routes that requests have come by, each with its effective config. */
export function routesSection({ journal }: PageSources, now: number): Html {
  const { others } = journal.routes;
  const routes = journal.routes.list();
  if (routes.length === 0) {
    return html`<p class="empty">No request has come yet. A route shows here with its first one.</p>`;
  }
  return html`
    <div class="routes">
      <div class="route-head" aria-hidden="true"><span>Route</span><span>Service</span><span>Signs as</span><span class="number">a second</span><span class="number">median</span><span class="number">99th</span><span>Since start</span></div>
      ${routes.map((route) => routeRow(route, now))}
      ${others && othersRow(others, now)}
    </div>`;
}

export function routeName({ name, config }: SeenRoute): string {
  if (name !== undefined) return name;
  return config ? `unnamed, ${config.service}` : 'unnamed';
}

function routeRow(route: SeenRoute, now: number): Html {
  const { id, config, traffic } = route;
  return html`
    <details class="route" id="${id}">
      <summary id="${id}-summary">
        <span class="name">${routeName(route)}</span>
        <span>${config ? html`${config.service} <span class="dim">${config.region}</span>` : html`<span class="dim">no config</span>`}</span>
        <span>${config ? signsAs(route) : ''}</span>
        ${figures(traffic, now)}
      </summary>
      ${route.configError !== undefined && html`<p class="problem">${route.configError}</p>`}
      ${config ? factList(route) : html`<p class="dim">Nothing of its config could be used.</p>`}
      <p class="dim">${lastRequest(traffic, now)}
        ${config && html`<button type="button" id="${id}-explain" data-explain="${id}">Explain a request of this route</button>`}</p>
    </details>`;
}

function othersRow(traffic: RouteTraffic, now: number): Html {
  return html`
    <details class="route" id="other-routes">
      <summary id="other-routes-summary">
        <span class="name">other routes</span><span></span><span></span>
        ${figures(traffic, now)}
      </summary>
      <p class="dim">All routes beyond the ${ROUTES_KEPT} above, together. One that is without a request for ${span(SILENT_MS)}
        gives its place to one of these. ${lastRequest(traffic, now)}</p>
    </details>`;
}

/** Rate, latency, and what became of the requests. */
function figures({ counts, recent, latency }: RouteTraffic, now: number): Html {
  const inWindow = recent
    .last(RATE_SECONDS, now)
    .reduce((total, each) => total + OUTCOMES.reduce((sum, outcome) => sum + each[outcome], 0), 0);
  return html`<span class="number" data-label="a second">${rate(inWindow / RATE_SECONDS)}</span>
        <span class="number" data-label="median">${took(latency.quantile(0.5, now))}</span>
        <span class="number" data-label="99th percentile">${took(latency.quantile(0.99, now))}</span>
        <span class="counts">${countChips(counts)}</span>`;
}

function lastRequest({ lastSeenMs }: RouteTraffic, now: number): string {
  return `Last request ${span(now - lastSeenMs)} ago.`;
}

function signsAs({ config }: SeenRoute): Html {
  if (config === undefined) return html``;
  const { source, role, chain } = config.identity;
  const last = chain.at(-1) ?? (role && 'arn' in role ? role : undefined);
  const whose = source === 'caller' ? 'caller' : 'workload';
  if (last === undefined) return html`${whose}${role ? html`, <span class="dim">role by claim</span>` : ''}`;
  return html`${whose}, <span title="${last.arn}">${roleParts(last.arn).role}</span>`;
}

/** All outcomes that were met, since the process began. */
function countChips(counts: Counts): Html[] {
  return OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => html`<span class="chip ${outcome}">${whole(counts[outcome])} ${outcome}</span> `,
  );
}

function factList({ config }: SeenRoute): Html {
  const facts = config ? configFacts(config) : [];
  return html`<dl class="facts">${facts.map(
    ({ name, value, from }) =>
      html`<div><dt>${name}</dt><dd>${value} <span class="from ${from === undefined ? '' : 'set'}">${from ?? 'by default'}</span></dd></div>`,
  )}</dl>`;
}
