import { createHash } from 'node:crypto';
import { applyMutation, headerValue } from './envoy-mutations.ts';
import type { AnswerMessage, Mutation, RequestMessage } from './ext-proc-client.ts';
import type { HeaderPair } from './ext-proc-messages.ts';

/**
 * What Envoy does with a request as a stream's messages and answers go by, as far as it can be let out: it is released
 * when nothing holds it back any more, and must then bear a signature for the payload that it has.
 */
export class EnvoyModel {
  /** What is wrong, the first thing only. */
  violation: string | undefined;
  released = false;
  #headers: HeaderPair[] = [];
  #bodyMode: number | undefined;
  #headersEnd = false;
  #body: Buffer | undefined;
  #trailers = false;
  #answeredHeaders = false;
  #localReply = false;
  #ended = false;
  readonly #mayPass: boolean;
  readonly #signsQuery: boolean;

  /** @param route whether it lets requests go unsigned, and where it wants the signature */
  constructor({ mayPass, signsQuery }: { mayPass: boolean; signsQuery: boolean }) {
    this.#mayPass = mayPass;
    this.#signsQuery = signsQuery;
  }

  /** One message and what was answered to it; `last`: the stream ended with OK behind it. */
  exchange(message: RequestMessage, answer: AnswerMessage | undefined, last: boolean): void {
    if (answer === undefined) return;
    if (this.#ended) this.#violated('an answer behind the end of the stream');
    if (last) this.#ended = true;
    if (answer.immediate_response) {
      if (this.released) this.#violated('a local reply to a request that is out');
      this.#localReply = true;
      return;
    }
    if (this.#localReply) {
      this.#violated('an answer behind a local reply');
      return;
    }
    const kind = Object.keys(answer).find((key) => key !== 'mode_override');
    if (kind === undefined || message[kind] === undefined) {
      this.#violated(`${kind} answers another kind`);
      return;
    }
    if (kind === 'request_headers') this.#onHeaders(message, answer);
    else if (kind === 'request_body') this.#onBody(message, answer);
    else if (kind === 'request_trailers') this.#onTrailers();
    if (last) this.#release();
  }

  /** The stream's end with OK: Envoy goes on by itself. */
  endWithOk(): void {
    if (!this.#localReply) this.#release();
  }

  #onHeaders(message: RequestMessage, answer: AnswerMessage): void {
    const { headers, end_of_stream } = message.request_headers as {
      headers: { headers: { key: string; raw_value: Buffer }[] };
      end_of_stream: boolean;
    };
    this.#headers = headers.headers.map(({ key, raw_value }) => [key, raw_value.toString('latin1')]);
    this.#headersEnd = end_of_stream;
    this.#bodyMode = (message.protocol_config as { request_body_mode?: number } | undefined)?.request_body_mode;
    const promised = Number(headerValue(this.#headers, 'content-length') ?? 0) > 0;
    this.#mutate(answer.request_headers?.response?.header_mutation);
    this.#answeredHeaders = true;
    const held = this.#bodyMode === BUFFERED || this.#bodyMode === BUFFERED_PARTIAL;
    if (this.#headersEnd || !held) this.#release();
    // A body that is not promised may turn out to be trailers alone, which Envoy releases without asking again.
    else if (!promised) this.#requireSignature();
  }

  #onBody(message: RequestMessage, answer: AnswerMessage): void {
    if (!this.#answeredHeaders) {
      this.#violated('a body answered before the headers');
      return;
    }
    const { body } = message.request_body as { body: Buffer };
    const mayCome = !this.#headersEnd && !this.#trailers;
    if (this.#bodyMode === BUFFERED && mayCome) this.#body ??= body;
    this.#mutate(answer.request_body?.response?.header_mutation);
    this.#release();
  }

  #onTrailers(): void {
    this.#trailers = true;
    this.#release();
  }

  #mutate(mutation: Mutation | undefined): void {
    this.#headers = applyMutation(this.#headers, mutation);
  }

  #release(): void {
    this.released = true;
    this.#requireSignature();
  }

  #requireSignature(): void {
    if (this.#mayPass) return;
    const problem = this.#signsQuery ? this.#querySignatureProblem() : this.#headerSignatureProblem();
    if (problem) this.#violated(problem);
    else this.#requirePayloadHash();
  }

  #querySignatureProblem(): string | undefined {
    const path = headerValue(this.#headers, ':path') ?? '';
    if (!path.includes('X-Amz-Credential=AKIAIOSFODNN7') || !/[?&]X-Amz-Signature=[0-9a-f]{64}$/.test(path)) {
      return 'released without a signature of ours in its query';
    }
    const twofold = this.#headers.some(([name]) => name === 'authorization');
    return twofold ? 'released with an authorization beside the signature in its query' : undefined;
  }

  #headerSignatureProblem(): string | undefined {
    const [first, second] = this.#headers.filter(([name]) => name === 'authorization').map(([, value]) => value);
    const ours = first?.startsWith('AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7') && second === undefined;
    return ours ? undefined : 'released without a signature of ours';
  }

  #requirePayloadHash(): void {
    const hash = headerValue(this.#headers, 'x-amz-content-sha256');
    if (hash === 'UNSIGNED-PAYLOAD') return;
    const expected = createHash('sha256')
      .update(this.#body ?? Buffer.alloc(0))
      .digest('hex');
    if (hash !== expected) this.#violated('released with a signature for another payload');
  }

  #violated(what: string): void {
    this.violation ??= what;
  }
}

const BUFFERED = 2;
const BUFFERED_PARTIAL = 3;
