import type { Hit, Rule, Severity } from './rules/index.ts';

/** One thing to mend, with its place. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Within the document, such as `static_resources.listeners[0]`. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

export function findingOf(rule: Rule, { at, message, fix }: Hit): Finding {
  const { file, line, column, path } = at;
  return { rule: rule.id, severity: rule.severity, file, line, column, path, message, fix: fix ?? rule.fix };
}

/** The same rule at the same place is one thing to mend, however many routes it concerns. */
export function withoutRepetitions(findings: readonly Finding[]): Finding[] {
  const first = new Map<string, { finding: Finding; messages: Set<string> }>();
  for (const finding of findings) {
    const key = [finding.rule, finding.file, finding.line, finding.column].join('\0');
    const known = first.get(key);
    if (known) known.messages.add(finding.message);
    else first.set(key, { finding, messages: new Set([finding.message]) });
  }
  return [...first.values()].map(({ finding, messages }) => {
    const more = messages.size - 1;
    return more === 0 ? finding : { ...finding, message: `${finding.message} (and ${more} more like it)` };
  });
}
