const UNITS_MS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** How long the peer waits, by its grpc-timeout header, in milliseconds; undefined where that is malformed. */
export function deadlineMs(header: string): number | undefined {
  const [, digits, unit = ''] = TIMEOUT.exec(header) ?? [];
  const milliseconds = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
