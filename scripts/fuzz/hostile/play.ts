import { RequestStream } from '../../../src/ext-proc/request-stream.ts';
import type { Signer } from '../../../src/signer/index.ts';
import { applyMutation } from '../../../test/support/envoy-mutations.ts';
import type { AnswerMessage, Mutation, RequestMessage } from '../../../test/support/ext-proc-client.ts';
import { answered, received } from '../../../test/support/ext-proc-codec.ts';
import {
  type BODY_MODES,
  type HeaderPair,
  requestBody,
  requestHeaders,
  requestPairs,
  requestTrailers,
} from '../../../test/support/ext-proc-messages.ts';
import type { Prng } from '../../../test/support/prng.ts';
import { UNASKED_CALL } from '../../../test/support/unobserved.ts';
import { hostileBody, parts } from './bodies.ts';
import { hostileBytes, longBytes, TOKEN, withoutControls } from './bytes.ts';
import { type ConfigChannels, hostileConfig, uploadConfig } from './configs.ts';
import { hostileHeaders } from './headers.ts';

type BodyMode = keyof typeof BODY_MODES | 'absent';

/** Every answer has to come within this time; the largest requests take some hundred milliseconds. */
const ANSWER_WITHIN_MS = 5000;

export interface HostileRequest {
  config: ConfigChannels;
  method: string;
  path: string;
  authority: string;
  headers: HeaderPair[];
  body: Buffer | undefined;
  mode: BodyMode;
  trailers: boolean;
  parts: Buffer[];
}

/** What became of a request: a local answer in its stead, or what goes upstream. */
export type Fate =
  | { kind: 'refused'; answer: NonNullable<AnswerMessage['immediate_response']>; reported: string | undefined }
  | { kind: 'released'; headers: HeaderPair[]; body: Buffer; reported: string | undefined };

/** Most are of a form that HTTP allows, so that AWS's verdict on them can be had. */
export function hostileRequest(random: Prng): HostileRequest {
  const request = random.chance(0.06) ? hostileUpload(random) : anyRequest(random);
  return random.chance(0.1) ? request : asHttpAllows(request);
}

function anyRequest(random: Prng): HostileRequest {
  const body = random.chance(0.5) ? hostileBody(random) : undefined;
  return {
    config: hostileConfig(random),
    method: random.chance(0.97)
      ? random.pick(['GET', 'PUT', 'POST', 'DELETE'])
      : random.pick(['CONNECT', '', 'get', 'x y']),
    path: hostilePath(random),
    authority: random.chance(0.95) ? random.pick(['client.test', 'a.aws.test:443', '[::1]']) : hostileBytes(random),
    headers: [...hostileHeaders(random), ...(body?.headers ?? [])].map(([name, value]) => [name.toLowerCase(), value]),
    body: body?.bytes,
    mode: random.chance(0.7) ? 'BUFFERED' : random.pick(['FULL_DUPLEX_STREAMED', ...OTHER_MODES]),
    trailers: random.chance(0.1),
    parts: body ? parts(random, body.bytes) : [],
  };
}

/** A body that is to be signed as it passes, and may be broken on the way. */
function hostileUpload(random: Prng): HostileRequest {
  const { bytes, headers } = hostileBody(random, 65_537 + random.int(100_000));
  return {
    ...anyRequest(random),
    config: uploadConfig(random),
    method: 'PUT',
    path: `/key${hostilePath(random)}`,
    headers,
    body: bytes,
    mode: 'FULL_DUPLEX_STREAMED',
    parts: parts(random, bytes),
  };
}

function asHttpAllows(request: HostileRequest): HostileRequest {
  return {
    ...request,
    path: withoutControls(request.path),
    authority: withoutControls(request.authority),
    headers: request.headers
      .filter(([name]) => TOKEN.test(name))
      .map(([name, value]) => [name, withoutControls(value)]),
  };
}

const OTHER_MODES: readonly BodyMode[] = ['NONE', 'STREAMED', 'BUFFERED_PARTIAL', 'GRPC', 'absent'];

function hostilePath(random: Prng): string {
  const start = random.chance(0.97) ? '/' : '';
  if (random.chance(0.002))
    return `${start}?${Array.from({ length: 10_000 }, () => hostileBytes(random, 2)).join('&')}`;
  if (random.chance(0.002)) return start + longBytes(random, 256 * 1024);
  const query = random.chance(0.6) ? `?${hostileBytes(random, 12)}` : '';
  return `${start}${hostileBytes(random, 8)}${query}`;
}

/**
 * Sends a request through a stream of its own, in the order of a real Envoy's messages.
 * @throws whatever the stream throws, and Error where an answer does not come in time
 */
export async function play(request: HostileRequest, signer: Signer): Promise<Fate> {
  let reported: string | undefined;
  const { initialMetadata } = request.config;
  const call = { ...UNASKED_CALL, initialMetadata };
  const stream = new RequestStream(signer, call, ({ outcome }) => {
    reported = reported === undefined ? outcome : `${reported} and ${outcome}`;
  });
  try {
    const { endOfStream, messages } = messagesOf(request);
    const shape = { ...request, ...request.config, endOfStream };
    const envoy = new Exchange(requestPairs(request), request);
    await envoy.send(stream, requestHeaders(shape));
    for (const message of messages) if (!envoy.isOver) await envoy.send(stream, message);
    stream.close();
    return envoy.fate(reported);
  } finally {
    stream.close();
  }
}

function messagesOf({ mode, body, trailers, parts }: HostileRequest): {
  endOfStream: boolean;
  messages: RequestMessage[];
} {
  if (body === undefined && !trailers) return { endOfStream: true, messages: [] };
  const end = trailers ? [requestTrailers] : [];
  if (mode === 'BUFFERED') {
    const whole = body === undefined || body.length === 0 ? [] : [requestBody(body, !trailers)];
    return { endOfStream: false, messages: [...(trailers ? whole : [requestBody(body, true)]), ...end] };
  }
  if (mode !== 'FULL_DUPLEX_STREAMED') return { endOfStream: false, messages: [] };
  const pieces = parts.map((part, index) => requestBody(part, !trailers && index === parts.length - 1));
  return { endOfStream: false, messages: [...pieces, ...end] };
}

/** One request as Envoy holds it while the answers come. */
class Exchange {
  isOver = false;
  readonly #mode: BodyMode;
  #headers: readonly HeaderPair[];
  #body: Buffer;
  readonly #streamed: Buffer[] = [];
  #local: AnswerMessage['immediate_response'];

  constructor(headers: readonly HeaderPair[], { body, mode }: HostileRequest) {
    this.#headers = headers;
    this.#body = body ?? Buffer.alloc(0);
    this.#mode = mode;
  }

  async send(stream: RequestStream, message: RequestMessage): Promise<void> {
    const pending = stream.answer(received(message));
    const answer = pending instanceof Promise ? await inTime(pending) : pending;
    if (answer === undefined) return;
    for (const response of answer.before ?? []) this.#take(answered(response));
    this.#take(answered(answer.response));
    if (answer.last) this.isOver = true;
  }

  fate(reported: string | undefined): Fate {
    if (this.#local) return { kind: 'refused', answer: this.#local, reported };
    const isDuplex = this.#mode === 'FULL_DUPLEX_STREAMED' && this.#streamed.length > 0;
    const body = isDuplex ? Buffer.concat(this.#streamed) : this.#body;
    return { kind: 'released', headers: [...this.#headers], body, reported };
  }

  #take(answer: AnswerMessage): void {
    if (this.isOver) throw new Error('an answer behind the last one');
    if (answer.immediate_response) {
      this.#local = answer.immediate_response;
      this.isOver = true;
      return;
    }
    // What Envoy is asked not to send, it lets pass.
    if (answer.mode_override?.request_body_mode === 0) this.isOver = true;
    const { header_mutation, body_mutation } = ((answer.request_headers ?? answer.request_body)?.response ?? {}) as {
      header_mutation?: Mutation;
      body_mutation?: { body?: Buffer; clear_body?: boolean; streamed_response?: { body?: Buffer } };
    };
    this.#headers = applyMutation(this.#headers, header_mutation);
    if (body_mutation?.clear_body) this.#body = Buffer.alloc(0);
    if (body_mutation?.body) this.#body = body_mutation.body;
    if (body_mutation?.streamed_response?.body) this.#streamed.push(body_mutation.streamed_response.body);
  }
}

function inTime<T>(pending: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
  });
  return Promise.race([pending, late]).finally(() => clearTimeout(timer));
}
