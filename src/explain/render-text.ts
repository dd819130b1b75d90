import { type Paint, Paper } from './paper.ts';
import { renderAws } from './render-comparison.ts';
import type { Change, Report, SigningReport } from './report.ts';

/** A report as text for people: sections with headings, readable aloud. Ends in a line feed. */
export function renderText(report: Report, paint: Paint): string {
  const paper = new Paper(paint);
  const { request, route, refusal, passed, signing, aws, notes } = report;
  paper.heading('Request, as the client sends it');
  paper.row('request', `${request.method} ${request.path}`);
  paper.row('authority', request.authority);
  for (const { name, value } of request.headers) paper.row('header', `${name}: ${value}`);
  paper.row('body', request.bodyBytes === 0 ? 'none' : `${request.bodyBytes} bytes`);

  if (route) {
    paper.heading("Route's config");
    for (const { name, value, from } of route) paper.row(name, value, from ?? 'by default');
  }
  if (refusal) {
    paper.heading(`Refused: nothing would reach AWS`);
    paper.row('code', paint('red', refusal.code));
    paper.row('status', String(refusal.status));
    paper.row('message', refusal.message);
    if (refusal.advice) paper.proseRow('advice', refusal.advice);
  }
  if (passed) {
    paper.heading('Passed: it would leave unsigned');
    paper.proseRow('because', passed.because);
    for (const name of passed.remove) paper.row('remove', name);
  }
  if (signing) renderSigning(paper, signing, paint);
  if (aws) renderAws(paper, aws, paint);
  if (notes.length > 0) paper.heading('Notes');
  for (const note of notes) paper.prose('- ', note);
  return paper.toString();
}

function renderSigning(paper: Paper, signing: SigningReport, paint: Paint): void {
  paper.heading('Signed with');
  paper.row('credentials', signing.credentials);
  paper.row('body', signing.body);

  paper.heading('Stage 1: canonical request');
  const names = canonicalNames(signing.canonicalRequest.length);
  signing.canonicalRequest.forEach((text, index) => {
    const name = names[index] ?? 'header';
    paper.row(name, text === '' && name !== '' ? '(empty)' : text);
  });

  paper.heading('Stage 2: string to sign');
  labelled(paper, ['algorithm', 'date', 'scope', 'hash of stage 1'], signing.stringToSign);

  paper.heading('Stage 3: signature');
  paper.row('signature', paint('cyan', signing.signature));

  if (signing.firstChunk) {
    const { bytes, stringToSign, signature } = signing.firstChunk;
    paper.heading(`First chunk of the body, ${bytes} bytes: string to sign`);
    labelled(
      paper,
      ['algorithm', 'date', 'scope', 'signature before', 'hash of nothing', 'hash of data'],
      stringToSign,
    );
    paper.row('signature', paint('cyan', signature));
  }

  paper.heading('What Envoy is told to change');
  for (const change of signing.changes) renderChange(paper, change);
  if (signing.url !== undefined) {
    paper.heading('The URL that AWS sees');
    paper.line(`  ${signing.url}`);
  }
}

/** Of each line of a canonical request; the blank one between headers and their names has none. */
function canonicalNames(length: number): string[] {
  const headers = Array.from({ length: length - 6 }, () => 'header');
  return ['method', 'path', 'query', ...headers, '', 'signed headers', 'payload hash'];
}

function labelled(paper: Paper, names: readonly string[], lines: readonly string[]): void {
  lines.forEach((text, index) => {
    paper.row(names[index] ?? '', text);
  });
}

function renderChange(paper: Paper, change: Change): void {
  switch (change.kind) {
    case 'rewrite':
      paper.row('rewrite', change.name);
      paper.row('  from', change.from);
      paper.row('  to', change.to);
      break;
    case 'remove':
      paper.row('remove', change.name);
      break;
    case 'set': {
      const [first = '', ...rest] = change.name === 'authorization' ? change.value.split(/(?<=,) /) : [change.value];
      paper.row('set', `${change.name}: ${first}`, change.replaces ? "replaces the client's" : undefined);
      for (const part of rest) paper.row('', `  ${part}`);
    }
  }
}
