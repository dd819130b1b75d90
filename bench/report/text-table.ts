import type { Summary } from '../statistics.ts';

export type Row = readonly string[];

/** `61.2 ±0.8`, with as many digits as mean something; without a spread where it was measured once. */
export function withSpread({ median, spread, count }: Summary): string {
  if (!Number.isFinite(median)) return '';
  const digits = Math.abs(median) >= 100 ? 0 : Math.abs(median) >= 10 ? 1 : 2;
  return count < 2 ? median.toFixed(digits) : `${median.toFixed(digits)} ±${spread.toFixed(digits)}`;
}

/** First column to the left, the others to the right. */
export function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
