import { ERROR_TABLE, type ErrorCode } from '../../../src/errors/index.ts';
import { prng } from '../../../test/support/prng.ts';
import { type HostileGateway, startHostileGateway } from './gateway.ts';
import { exchangeHttp1, type RawAnswer } from './http1.ts';
import { exchangeHttp2 } from './http2.ts';
import type { Failure } from './run-streams.ts';
import { type RawRequest, rawRequest } from './wire-request.ts';

export interface EnvoyResult {
  requests: number;
  tally: Map<string, number>;
  failures: Failure[];
}

/** As many at a time: one by one they could be told apart, but would take too long. */
const BATCH = 24;
const MOST_FAILURES = 20;

/** Sends hostile requests through a real Envoy to a real signer, one for each seed from the first on. */
export async function runEnvoy(seed: number, requests: number): Promise<EnvoyResult> {
  const gateway = await startHostileGateway();
  const result: EnvoyResult = { requests: 0, tally: new Map(), failures: [] };
  try {
    while (result.requests < requests && result.failures.length < MOST_FAILURES) {
      const size = Math.min(BATCH, requests - result.requests);
      const seeds = Array.from({ length: size }, (_, index) => seed + result.requests + index);
      await sendBatch(gateway, seeds, result);
      result.requests += size;
      const casualty = gateway.casualty();
      if (casualty !== undefined) throw new Error(casualty);
    }
  } finally {
    await gateway.close();
  }
  return result;
}

async function sendBatch(gateway: HostileGateway, seeds: readonly number[], result: EnvoyResult): Promise<void> {
  const requests = seeds.map((seed) => rawRequest(prng(seed), gateway.bearer));
  const answers = await Promise.all(
    requests.map((request, index) => {
      const exchange = (seeds[index] ?? 0) % 2 === 0 ? exchangeHttp1 : exchangeHttp2;
      return exchange(gateway.port, request);
    }),
  );
  for (const [index, answer] of answers.entries()) {
    const [request, seed] = [requests[index] as RawRequest, seeds[index] as number];
    const what = meaningOf(request, answer);
    if (what === undefined)
      result.failures.push({ seed, problem: `answered ${answer.status} ${answer.body}`, request });
    else result.tally.set(what, (result.tally.get(what) ?? 0) + 1);
  }
  for (const { verdict, method, url } of gateway.received()) {
    if (verdict.ok) continue;
    const problem = `AWS would refuse ${method} ${url.slice(0, 200)}: ${verdict.reason}\n${verdict.canonicalRequest}`;
    result.failures.push({ seed: seeds[0] ?? 0, problem, request: requests[0] as RawRequest });
  }
}

/** Bad request, method, length, version or size, and a transfer-encoding that nobody knows. */
const ENVOYS_OWN: ReadonlySet<number> = new Set([400, 404, 405, 411, 413, 414, 426, 431, 501]);

/** What an answer comes to; undefined where nothing documented does. */
function meaningOf({ headers }: RawRequest, { status, body, waits }: RawAnswer): string | undefined {
  const promises = headers.some(([name]) => name === 'content-length' || name === 'transfer-encoding');
  if (waits) return promises ? 'waited for the rest of the request' : undefined;
  const { ok, code } = parseJson(body);
  if (ok === true) return 'signed, and verified';
  if (typeof code === 'string' && Object.hasOwn(ERROR_TABLE, code) && code !== 'SIGV4_INTERNAL') {
    const isStatus = status === undefined || status === ERROR_TABLE[code as ErrorCode].status;
    return isStatus ? code : undefined;
  }
  // Envoy's own answers to what is not HTTP have no body, or a line of text.
  const isEnvoys = status === undefined ? !/^[{<]/.test(body) : ENVOYS_OWN.has(status);
  return isEnvoys && code === undefined ? `refused as HTTP${status === undefined ? '' : `, ${status}`}` : undefined;
}

function parseJson(text: string): { ok?: unknown; code?: unknown } {
  try {
    return JSON.parse(text) as { ok?: unknown; code?: unknown };
  } catch {
    return {};
  }
}
