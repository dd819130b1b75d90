import type { Report } from '../validate.ts';

/** Styles a text, or leaves it as it is. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'yellow' | 'green', text: string) => string;

const WIDTH = 100;

/** For a person: each finding with its place, why, and the fix. */
export function renderText({ findings, checked, notes }: Report, paint: Paint): string {
  const blocks = findings.map(({ rule, severity, file, line, column, path, message, fix }) => {
    const mark = severity === 'error' ? paint('red', 'error  ') : paint('yellow', 'warning');
    return [
      `${mark}  ${paint('bold', `${file}:${line}:${column}`)}  ${rule}`,
      ...wrapped(message, '         '),
      ...(path === '' ? [] : [paint('dim', `    at   ${path}`)]),
      ...wrapped(fix, '    fix  '),
      '',
    ].join('\n');
  });
  return [...blocks, ...notes.map((note) => `note: ${note}`), summary(findings, checked, paint), ''].join('\n');
}

function summary(findings: Report['findings'], { files, routes, signers }: Report['checked'], paint: Paint): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const what = [plural(files, 'file'), plural(routes, 'route'), `${plural(signers, 'signer')}`].join(', ');
  const verdict = `${plural(errors, 'error')}, ${plural(findings.length - errors, 'warning')}`;
  const style = errors > 0 ? 'red' : findings.length > 0 ? 'yellow' : 'green';
  return `${paint(style, verdict)} (${what})`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first line begins with the lead, the others are indented as far. */
function wrapped(text: string, lead: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && lead.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((one, index) => `${index === 0 ? lead : ' '.repeat(lead.length)}${one}`);
}
