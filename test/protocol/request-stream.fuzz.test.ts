import { describe, expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../src/config/index.ts';
import { Clock, CredentialSource } from '../../src/credentials/index.ts';
import { CredentialsError } from '../../src/errors/index.ts';
import { RequestStream } from '../../src/ext-proc/request-stream.ts';
import { ProtocolViolation } from '../../src/ext-proc/stream-state.ts';
import { Allowance, Signer } from '../../src/signer/index.ts';
import { DEMO_WORKLOAD } from '../stand-in/demo-config.ts';
import type { RequestMessage } from '../support/ext-proc-client.ts';
import { answered, received } from '../support/ext-proc-codec.ts';
import {
  BODY_MODES,
  type HeaderPair,
  requestBody,
  requestHeaders,
  requestTrailers,
  responseBody,
  responseHeaders,
  responseTrailers,
} from '../support/ext-proc-messages.ts';
import { ROUTE } from '../support/in-process-signer.ts';
import { fuzzSeed, type Prng, prng } from '../support/prng.ts';
import { EnvoyModel } from '../support/request-stream-model.ts';
import { UNASKED_CALL as UNASKED, UNOBSERVED_CREDENTIALS, UNOBSERVED_VERDICTS } from '../support/unobserved.ts';

const RUNS = 20_000;

/** Gives the demo's keys at once, later, or not at all, as the dice fall. */
class DicedSource extends CredentialSource {
  random: Prng = prng(0);
  override credentialsFor() {
    const failure = () => new CredentialsError('SIGV4_STS_UNAVAILABLE', 'diced');
    switch (this.random.int(12)) {
      case 0:
        throw failure();
      case 1:
        return Promise.reject(failure());
      case 2:
        throw new TypeError('a defect');
      case 3:
        return Promise.reject(new TypeError('a defect'));
      case 4:
      case 5:
        return Promise.resolve(DEMO_WORKLOAD);
      default:
        return DEMO_WORKLOAD;
    }
  }
}

const CALLER_PASS = {
  ...ROUTE,
  aws_assume_role_arn: 'arn:aws:iam::123456789012:role/orders-caller',
  on_missing_token: 'pass',
};
const IN_QUERY = { ...ROUTE, sign_query: true };
const ROUTES: (object | undefined)[] = [
  ROUTE,
  ROUTE,
  { ...ROUTE, payload: 'unsigned' },
  { ...ROUTE, aws_service: 's3', use_altered_target: true, override_target_host: null },
  { ...ROUTE, aws_region: 3 },
  CALLER_PASS,
  IN_QUERY,
  undefined,
];
const HEADERS: HeaderPair[] = [
  ['authorization', 'AWS4-HMAC-SHA256 Credential=AKIACLIENT/forged'],
  ['authorization', 'Basic dTpw'],
  ['x-amz-date', '20200101T000000Z'],
  ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
  ['content-encoding', 'aws-chunked'],
  ['upgrade', 'websocket'],
  ['content-type', 'application/grpc'],
  ['x-amz-meta-bytes', '\u00ff\t\u0001'],
];

function randomHeaders(random: Prng): RequestMessage {
  const headers = HEADERS.filter(() => random.chance(0.12));
  if (random.chance(0.3)) headers.push(['content-length', random.pick(['0', '3', '03', ' 3', '-1', 'x', '3, 3'])]);
  return requestHeaders({
    method: random.pick(['GET', 'POST', 'CONNECT', 'PUT', 'POST', 'POST']),
    path: random.pick(['/', '/a//b/../c?x=1&X-Amz-Signature=1', '', '/%ff%zz?+', '*']),
    authority: random.pick(['client.test', 'client.test', 'client.test', '']),
    headers,
    endOfStream: random.chance(0.3),
    mode: random.chance(0.6) ? 'BUFFERED' : random.pick([...Object.keys(BODY_MODES), 'absent'] as 'NONE'[]),
  });
}

function randomMessage(random: Prng): RequestMessage {
  switch (random.int(9)) {
    case 0:
      return randomHeaders(random);
    case 1:
    case 2:
    case 3:
      return requestBody(random.pick(['', 'abc', '\u0000'.repeat(1000)]), random.chance(0.7));
    case 4:
      return requestTrailers;
    case 5:
      return { metadata_context: {} };
    default:
      return random.pick([responseHeaders(), responseBody, responseTrailers]);
  }
}

/** A stream's messages: in order most often, so that the later states are reached. */
function randomMessages(random: Prng): RequestMessage[] {
  const rest = Array.from({ length: random.int(6) }, () => randomMessage(random));
  return random.chance(0.85) ? [randomHeaders(random), ...rest] : rest;
}

const source = new DicedSource({
  cache: { maxEntries: 10, maxEntriesPerCaller: 10 },
  stsTimeoutMs: 1000,
  observer: UNOBSERVED_CREDENTIALS,
  clock: new Clock(),
});
const resolver = new RouteConfigResolver(DEFAULT_SERVER_CONFIG);
const signer = new Signer({
  resolver,
  credentials: source,
  allowance: new Allowance(undefined),
  now: () => new Date(),
  observer: UNOBSERVED_VERDICTS,
});

/** Plays one random stream; what went wrong, if anything did. */
async function play(random: Prng): Promise<string | undefined> {
  source.random = random;
  const route = random.pick(ROUTES);
  const initialMetadata = route && JSON.stringify(route);
  const reports: string[] = [];
  const stream = new RequestStream(signer, { ...UNASKED, initialMetadata }, ({ outcome }) => {
    reports.push(outcome);
  });
  const model = new EnvoyModel({ mayPass: route === CALLER_PASS, signsQuery: route === IN_QUERY });
  let violated = false;
  for (const message of randomMessages(random)) {
    try {
      const answer = await stream.answer(received(message));
      model.exchange(message, answer && answered(answer.response), answer?.last === true);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) return `threw ${String(error)}`;
      violated = true;
      break;
    }
  }
  if (!violated && stream.isDecided) model.endWithOk();
  stream.close();
  if (reports.length !== 1) return `reported ${reports.length} times`;
  if (reports[0] === 'passed' && route !== CALLER_PASS) return 'passed';
  return model.violation;
}

describe('random message sequences', () => {
  it(`${RUNS} of them never let a request out unsigned, nor answer twice`, async () => {
    const seed = fuzzSeed();
    const wrong: Record<string, { count: number; run: number }> = {};
    for (let run = 0; run < RUNS; run++) {
      const problem = await play(prng(seed + run));
      if (problem === undefined) continue;
      wrong[problem] ??= { count: 0, run };
      wrong[problem].count += 1;
    }
    expect(wrong, `FUZZ_SEED=${seed}`).toEqual({});
  }, 120_000);
});
