import type { Paint, Paper } from './paper.ts';
import type { AwsReport, ComparisonReport } from './report.ts';

/** Columns of a line around its first difference; the rest is left out. */
const BEFORE = 50;
const AROUND = 100;

/** AWS's answer, what it means, and where its canonical form and ours part. */
export function renderAws(
  paper: Paper,
  { code, message, meaning, remedies, comparison }: AwsReport,
  paint: Paint,
): void {
  paper.heading("AWS's answer");
  if (code !== undefined) paper.row('code', code);
  if (message) paper.proseRow('message', message);
  if (meaning !== undefined) paper.proseRow('means', meaning);
  else if (code === undefined && comparison === undefined) paper.prose('', UNKNOWN);
  else if (comparison === undefined) paper.prose('', NOT_ABOUT_SIGNATURES);
  if (remedies.length > 0) {
    paper.heading('What to look at');
    numbered(paper, remedies);
  }
  if (comparison) renderComparison(paper, comparison, paint);
}

function renderComparison(
  paper: Paper,
  { equal, lines, firstDifference, causes }: ComparisonReport,
  paint: Paint,
): void {
  paper.heading("Line by line, ours against AWS's");
  for (const { name, same } of lines) {
    paper.row(same ? 'same' : 'differs', same ? name : paint('red', name));
  }
  if (equal) {
    paper.heading('No difference');
    paper.prose('', 'AWS computed the same canonical request as this service. What usually causes the refusal then:');
    numbered(paper, causes);
    return;
  }
  if (!firstDifference) return;
  paper.heading(`First difference: ${firstDifference.name}`);
  const { ours, aws } = firstDifference;
  const [shownOurs, shownAws, caret] = windows(ours ?? ABSENT, aws ?? ABSENT);
  paper.row('ours', shownOurs);
  paper.row("AWS's", shownAws);
  if (ours !== null && aws !== null) paper.row('', paint('red', `${' '.repeat(caret)}^`));
  paper.heading('What usually causes this');
  numbered(paper, causes);
}

/** Both lines around the place where they part, and the column of that place. */
function windows(ours: string, aws: string): [ours: string, aws: string, column: number] {
  let column = 0;
  while (column < ours.length && ours[column] === aws[column]) column++;
  const start = column > BEFORE ? column - BEFORE : 0;
  const cut = (text: string) =>
    (start > 0 ? '…' : '') + text.slice(start, start + AROUND) + (text.length > start + AROUND ? '…' : '');
  return [cut(ours) || EMPTY, cut(aws) || EMPTY, column - start + (start > 0 ? 1 : 0)];
}

function numbered(paper: Paper, sentences: readonly string[]): void {
  sentences.forEach((sentence, index) => {
    paper.prose(`${index + 1}. `, sentence);
  });
}

const ABSENT = '(no such line)';
const EMPTY = '(empty)';
const UNKNOWN =
  'This is no error answer of AWS that is known here. Paste the body of the answer as it came, XML or JSON, or save it with curl -i.';
const NOT_ABOUT_SIGNATURES = 'This error says nothing of signatures or credentials: it is about the request itself.';
