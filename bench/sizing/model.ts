/** What docs/sizing.md reckons with: of bench/results/latest.json, where nothing else is said. */
export const COSTS = {
  /** CPU of the server per request at saturation, in µs: header-only, with the workload's identity. */
  requestUs: 150,
  /** More of a cached caller's. */
  callerUs: 15,
  /** More of a signed body, and for each KiB of it. */
  bodyUs: 18,
  bodyKibUs: 6,
  /** Of an exchange with STS: to ask, and to understand the answer. */
  stsCallUs: 620,
  /** Resident memory of one process, under load with nobody cached. */
  baseBytes: 125e6,
  /** Of each cached caller, besides its session token at a byte a character. */
  callerBytes: 880,
  /** A body is held once, and once more while it is hashed. */
  copiesOfBody: 2,
} as const;

/** As src/credentials/lifetime.ts has it, in seconds. */
const EXPIRY_MARGIN = 5;
const LONGEST_WINDOW = 600;

export interface Demand {
  requestsPerSecond: number;
  /** Of all requests, a share from 0 to 1 that has a body. */
  withBody?: number;
  bodyBytes?: number;
  /** Callers with tokens of their own; 0: the workload's identity signs. */
  callers: number;
  /** Characters of a session token. */
  sessionTokenLength: number;
  sessionSeconds: number;
  /** How long a caller's token lives; absent: longer than a session. */
  tokenSeconds?: number;
  /** Default 1. Each has a cache of its own. */
  workers?: number;
}

export interface Prediction {
  /** CPU of the server per request, in µs; exchanges with STS apart. */
  requestUs: number;
  requestsPerSecondPerCore: number;
  /** Cores that the demand takes, exchanges with STS included. */
  cores: number;
  /** Resident memory of all processes, shared pages in each. */
  memoryBytes: number;
  stsCallsPerHour: number;
}

export function predict(demand: Demand): Prediction {
  const { requestsPerSecond, withBody = 0, bodyBytes = 0, callers, sessionTokenLength, workers = 1 } = demand;
  const ofCaller = callers > 0 ? COSTS.callerUs : 0;
  const ofBody = withBody * (COSTS.bodyUs + (COSTS.bodyKibUs * bodyBytes) / 1024);
  const requestUs = COSTS.requestUs + ofCaller + ofBody;
  const calls = stsCallsPerHour(demand);
  // Little's law: as many bodies at once as come in the time that one takes.
  const bodiesAtOnce = Math.ceil(requestsPerSecond * withBody * requestUs * 1e-6);
  const cached = callers * workers * (COSTS.callerBytes + sessionTokenLength);
  return {
    requestUs,
    requestsPerSecondPerCore: 1e6 / requestUs,
    cores: (requestsPerSecond * requestUs + (calls / 3600) * COSTS.stsCallUs) / 1e6,
    memoryBytes: workers * COSTS.baseBytes + cached + bodiesAtOnce * bodyBytes * COSTS.copiesOfBody,
    stsCallsPerHour: calls,
  };
}

/**
 * A caller's credentials are fetched anew by its first request behind the moment at which they are to be refreshed,
 * which is three quarters of the window before their end, on average; or with a new token, as that is a new caller to
 * the cache.
 */
function stsCallsPerHour(demand: Demand): number {
  const { callers, requestsPerSecond, sessionSeconds, tokenSeconds = Number.POSITIVE_INFINITY, workers = 1 } = demand;
  if (callers === 0) return 0;
  // Each worker asks for those whose requests come to it, which with connections that live long is all of them.
  const gap = (callers * workers) / requestsPerSecond;
  const end = sessionSeconds - EXPIRY_MARGIN;
  const window = Math.min(end / 2, LONGEST_WINDOW);
  const refreshed = end - 0.75 * window;
  return (3600 * callers * workers) / (Math.min(refreshed, tokenSeconds) + gap);
}
