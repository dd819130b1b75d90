import { VERSION } from '../version.ts';
import { span } from './format.ts';
import { type Html, html } from './html.ts';
import { identitiesSection } from './identities-section.ts';
import type { PageSources } from './page-sources.ts';
import { refusalsSection } from './refusals-section.ts';
import { routeName, routesSection } from './routes-section.ts';
import { trafficSection } from './traffic-section.ts';

/** The parts that change, by the id of the element that holds each. */
export function liveParts(sources: PageSources, now: number): Record<string, Html> {
  return {
    state: state(sources),
    traffic: trafficSection(sources, now),
    routes: routesSection(sources, now),
    identities: identitiesSection(sources, now),
    refusals: refusalsSection(sources, now),
  };
}

/** The whole page, complete without its script but for the buttons. */
export function page(sources: PageSources, token: string, now: number): Html {
  const parts = liveParts(sources, now);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="page-token" content="${token}">
<title>sigv4-extproc</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/page.css">
<script src="/page/page.js" type="module"></script>
</head>
<body>
<a class="skip" href="#traffic-title">To the content</a>
<header>
  <div class="bar">
    <p class="brand">sigv4-extproc <span class="dim">${VERSION}</span></p>
    <div id="state" class="state">${parts.state}</div>
    <button type="button" id="pause" aria-pressed="false" hidden>Pause</button>
  </div>
  <nav aria-label="Sections"><a href="#traffic-title">Traffic</a> <a href="#routes-title">Routes</a> <a href="#identities-title">Identities</a> <a href="#refusals-title">Refusals</a> <a href="#explain-title">Explain</a></nav>
</header>
<p id="message" role="status" hidden></p>
<main>
${section('traffic', 'Traffic', undefined, parts.traffic)}
${section('routes', 'Routes', 'Open a route for its effective config, and where each field came from.', parts.routes)}
${section('identities', 'Identities in the cache', 'Evict one, and its next request gets new credentials.', parts.identities)}
${section('refusals', 'Latest refusals', 'Requests that were answered in AWS\u2019s stead. What is behind each is in the log.', parts.refusals)}
${explainForm(sources)}
</main>
<footer><p class="dim">This page shows no secrets. Metrics are at <a href="/metrics">/metrics</a>.</p></footer>
</body>
</html>
`;
}

function state({ isReady, listen }: PageSources): Html {
  const ready = isReady();
  return html`<span class="dot ${ready ? 'good' : 'bad'}"></span>${ready ? 'ready' : 'not ready'} <span class="dim">on ${listen()}, up ${span(process.uptime() * 1000)}</span>`;
}

function section(id: string, title: string, about: string | undefined, content: Html | undefined): Html {
  return html`<section class="card" aria-labelledby="${id}-title">
<h2 id="${id}-title" tabindex="-1">${title}</h2>${about !== undefined && html`<p class="about">${about}</p>`}
<div id="${id}" data-live>${content}</div>
</section>`;
}

function explainForm({ journal }: PageSources): Html {
  return html`<section class="card" aria-labelledby="explain-title">
<h2 id="explain-title" tabindex="-1">Explain</h2>
<p class="about">How a request would be signed, stage by stage, and where AWS's answer differs. With AWS's documented example keys; nobody is called, nothing is kept.</p>
<noscript><p class="problem">This form needs JavaScript; <code>sigv4-extproc explain</code> does the same.</p></noscript>
<form id="explain-form">
  <div class="field"><label for="explain-route">Route</label>
    <select id="explain-route" name="route"><option value="">the config below</option>${journal.routes
      .list()
      .map((route) => html`<option value="${route.id}">${routeName(route)}</option>`)}</select></div>
  <div class="field" id="explain-config-field"><label for="explain-config">Route's config, YAML or JSON</label>
    <textarea id="explain-config" name="config" rows="5" spellcheck="false" autocomplete="off" placeholder="aws_region: eu-west-1&#10;aws_service: execute-api&#10;override_target_host: abc123.execute-api.eu-west-1.amazonaws.com"></textarea></div>
  <div class="field"><label for="explain-request">Request, in HTTP form or as a curl line; a token may be the word placeholder</label>
    <textarea id="explain-request" name="request" rows="7" spellcheck="false" autocomplete="off" required placeholder="GET /prod/orders?page=2 HTTP/1.1&#10;host: gateway.example&#10;authorization: Bearer placeholder"></textarea></div>
  <div class="field"><label for="explain-answer">AWS's error answer, if there is one</label>
    <textarea id="explain-answer" name="answer" rows="4" spellcheck="false" autocomplete="off"></textarea></div>
  <button type="submit" class="primary">Explain</button>
</form>
<div id="explanation" aria-live="polite"></div>
</section>`;
}
