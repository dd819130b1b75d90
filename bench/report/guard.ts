import type { Summary } from '../statistics.ts';

/** CPU per header-only request against the Go signer's. The verdicts' first row allows 1.25; what was reached is held. */
const GOSIGN_BOUND = 1;

export interface GuardFigures {
  /** Absent where there is no Go. */
  toGosign?: Summary | undefined;
  toNoop?: Summary | undefined;
  /** The ratio to the no-op server when results were last recorded. */
  recordedToNoop?: number | undefined;
}

export interface GuardVerdict {
  ok: boolean;
  line: string;
}

/**
 * Whether the service has become slower than it may be: its ratio is beyond the bound by more than the run's own spread,
 * which on a noisy machine is wide.
 */
export function guardVerdict({ toGosign, toNoop, recordedToNoop }: GuardFigures): GuardVerdict {
  if (toGosign !== undefined) return judge("the Go signer's", toGosign, GOSIGN_BOUND);
  if (toNoop === undefined) return { ok: false, line: 'nothing was measured' };
  if (recordedToNoop === undefined) {
    return { ok: true, line: `${text("the no-op server's", toNoop)}; nothing is recorded to hold that against` };
  }
  return judge("the no-op server's", toNoop, recordedToNoop);
}

function judge(whose: string, summary: Summary, bound: number): GuardVerdict {
  const ok = summary.median - summary.spread <= bound;
  return { ok, line: `${text(whose, summary)}; ${ok ? 'within' : 'BEYOND'} ${bound.toFixed(2)}` };
}

function text(whose: string, { median, spread }: Summary): string {
  return `CPU per request is ${median.toFixed(2)} ±${spread.toFixed(2)} of ${whose}`;
}
