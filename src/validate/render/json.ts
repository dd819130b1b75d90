import type { Report } from '../validate.ts';

/** For programs. The form is stable: fields may be added, none taken away. */
export function renderJson({ findings, checked, notes }: Report): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const summary = { errors, warnings: findings.length - errors, ...checked };
  return `${JSON.stringify({ version: 1, findings, summary, notes }, null, 2)}\n`;
}
