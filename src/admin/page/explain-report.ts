import type { AwsReport, Change, Report, SigningReport } from '../../explain/index.ts';
import { type Html, type HtmlValue, html } from './html.ts';

/** A report of `explain` as a page's part; what is in it is masked already. */
export function explainReport({ outcome, refusal, passed, signing, aws, route, notes }: Report): Html {
  return html`
    <h3 class="verdict ${outcome}">${VERDICTS[outcome]}</h3>
    ${
      refusal &&
      facts([
        ['code', html`<code>${refusal.code}</code>`],
        ['status', refusal.status],
        ['message', refusal.message],
        ...(refusal.advice === undefined ? [] : ([['advice', refusal.advice]] as const)),
      ])
    }
    ${passed && html`<p>Because ${passed.because}.</p>`}
    ${aws && awsPart(aws)}
    ${signing && signingPart(signing)}
    ${route && part("The route's config", facts(route.map(({ name, value, from }) => [name, html`${value} <span class="from ${from === undefined ? '' : 'set'}">${from ?? 'by default'}</span>`])))}
    ${notes.length > 0 && part('Notes', list(notes))}`;
}

const VERDICTS = {
  signed: 'The service would sign this request',
  refused: 'The service would refuse this request: nothing would reach AWS',
  passed: 'The service would let this request through, unsigned',
};

function signingPart({
  credentials,
  body,
  canonicalRequest,
  stringToSign,
  signature,
  changes,
  url,
}: SigningReport): Html {
  return html`
    ${part('What Envoy is told to change', facts(changes.map(changeFact)))}
    ${part('Stage 1: canonical request', lines(canonicalRequest))}
    ${part('Stage 2: string to sign', lines(stringToSign))}
    ${part('Stage 3: signature', lines([signature]))}
    ${url !== undefined && part('The URL that AWS sees', lines([url]))}
    ${part(
      'Signed with',
      facts([
        ['credentials', credentials],
        ['body', body],
      ]),
    )}`;
}

function changeFact(change: Change): readonly [string, HtmlValue] {
  switch (change.kind) {
    case 'rewrite':
      return [`rewrite ${change.name}`, html`<code>${change.from}</code> to <code>${change.to}</code>`];
    case 'remove':
      return ['remove', html`<code>${change.name}</code>`];
    case 'set':
      return [
        `set ${change.name}`,
        html`<code>${change.value}</code>${change.replaces ? " replaces the client's" : ''}`,
      ];
  }
}

function awsPart({ code, message, meaning, remedies, comparison }: AwsReport): Html {
  const first = comparison?.firstDifference;
  return part(
    "AWS's answer",
    html`
      ${facts([
        ...(code === undefined ? [] : ([['code', html`<code>${code}</code>`]] as const)),
        ...(message ? ([['message', message]] as const) : []),
        ...(meaning === undefined ? [] : ([['means', meaning]] as const)),
      ])}
      ${
        first &&
        html`<p><strong>First difference: ${first.name}</strong></p>${facts([
          ['ours', html`<code>${first.ours ?? '(no such line)'}</code>`],
          ["AWS's", html`<code>${first.aws ?? '(no such line)'}</code>`],
        ])}`
      }
      ${comparison?.equal && html`<p><strong>AWS computed the same canonical request.</strong></p>`}
      ${comparison && html`<p>What usually causes this:</p>${list(comparison.causes)}`}
      ${remedies.length > 0 && html`<p>What to look at:</p>${list(remedies)}`}`,
  );
}

function part(title: string, content: Html): Html {
  return html`<section class="part"><h4>${title}</h4>${content}</section>`;
}

function facts(pairs: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function lines(texts: readonly string[]): Html {
  return html`<pre tabindex="0">${texts.join('\n')}</pre>`;
}

function list(sentences: readonly string[]): Html {
  return html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}
