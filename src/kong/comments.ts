import { type Finding, textOf } from './findings.ts';

const WIDTH = 116;

/** Findings as a comment's paragraphs, errors first; lines without their `#`. */
export function findingLines(findings: readonly Finding[]): string[] {
  const section = (title: string, severity: Finding['severity']) => {
    const found = findings.filter((finding) => finding.severity === severity);
    return found.length === 0 ? [] : ['', title, ...found.flatMap((finding) => listItem(printable(textOf(finding))))];
  };
  return [...section('Not carried over:', 'error'), ...section('To look at:', 'note')];
}

/** A name of the Kong file may hold anything; a comment ends with its line, and a terminal acts on control characters. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}

function listItem(text: string): string[] {
  const lines: string[] = [];
  let line = '-';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line.trim().length > 1) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
