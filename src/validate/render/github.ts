import type { Report } from '../validate.ts';

/**
 * Workflow commands, which GitHub Actions shows as annotations of the lines concerned.
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function renderGithub({ findings, notes }: Report): string {
  const commands = findings.map(({ rule, severity, file, line, column, message, fix }) => {
    const place = `file=${property(file)},line=${line},col=${column},title=${property(rule)}`;
    return `::${severity} ${place}::${data(`${message}. ${fix}`)}\n`;
  });
  return [...commands, ...notes.map((note) => `::notice::${data(note)}\n`)].join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
