import { viewOf } from '../envoy/index.ts';
import { asSignerError } from '../errors/index.ts';
import { planPayload, type RequestReport, type SignedBy, type Signer, type SigningTask } from '../signer/index.ts';
import { type Credentials, EMPTY_PAYLOAD_HASH, UNSIGNED_PAYLOAD } from '../signing/index.ts';
import { changed, changedWithBody, changedWithoutBody, passedOn, refusal, streamed, unchanged } from './answers.ts';
import { StreamReport } from './dynamic-metadata.ts';
import { HeldBody } from './held-bytes.ts';
import {
  BodySendMode,
  type HttpBody,
  type HttpHeaders,
  NO_BODY,
  type Phase,
  type ProcessingRequest,
  type ProcessingResponse,
  phaseOf,
} from './messages.ts';
import {
  type BodyModes,
  bodyModes,
  deliveryOf,
  holdsTheBodyBack,
  letsGoOfTheBody,
  unservableMode,
} from './processing-mode.ts';
import { configSources, type GrpcCall, verdictOf } from './request-view.ts';
import {
  type Answer,
  type HoldingBody,
  ProtocolViolation,
  type State,
  type StreamingPlan,
  type StreamOptions,
  type WholeBodyPlan,
} from './stream-state.ts';

/**
 * One ext_proc stream, which is one HTTP request: takes Envoy's messages in order, one after the other is answered,
 * and gives one answer to each. Nothing is answered that would release a request neither signed nor let through.
 */
export class RequestStream {
  readonly #signer: Signer;
  readonly #call: GrpcCall;
  readonly #report: StreamReport;
  #state: State = { is: 'opened' };
  #modes: BodyModes = {};
  /** Whether more of the request's body is to come that goes on only as it is given back. */
  #owesBody = false;
  #heldBody: HeldBody | undefined;

  constructor(signer: Signer, call: GrpcCall, onDone: (report: RequestReport) => void, options: StreamOptions = {}) {
    this.#signer = signer;
    this.#call = call;
    this.#report = new StreamReport(onDone, options);
  }

  /** Whether the request's fate is sealed, so that the stream may end with OK. */
  get isDecided(): boolean {
    return this.#state.is === 'decided' || this.#state.is === 'ended';
  }

  /** Whether Envoy needs nothing more for the request itself; what might come is the target's verdict. */
  get isComplete(): boolean {
    return this.#state.is === 'decided' && !this.#owesBody;
  }

  /**
   * The answer to one message, at once where all that it needs is at hand; undefined where none is due.
   * @throws ProtocolViolation
   */
  answer(message: ProcessingRequest): Answer | undefined | Promise<Answer> {
    const phase = phaseOf(message);
    if (phase === undefined || this.#state.is === 'ended') return undefined;
    if (message.request_body?.end_of_stream || phase === 'request_trailers') this.#owesBody = false;
    try {
      const answer = this.#dispatch(this.#state, phase, message);
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#refuse(error)) : answer;
    } catch (error) {
      if (error instanceof ProtocolViolation) throw error;
      return this.#refuse(error);
    }
  }

  /** To be called when the stream is gone. */
  close(): void {
    this.#heldBody?.letGo();
    this.#report.done('aborted');
  }

  #dispatch(
    state: Exclude<State, { is: 'ended' }>,
    phase: Phase,
    message: ProcessingRequest,
  ): Answer | undefined | Promise<Answer> {
    if (state.is === 'opened') {
      if (phase === 'request_headers') return this.#onRequestHeaders(message.request_headers ?? NO_HEADERS, message);
      throw new ProtocolViolation(`${phase} before request_headers`);
    }
    if (phase === 'request_headers') throw new ProtocolViolation('request_headers twice');
    switch (state.is) {
      case 'awaiting body':
        if (phase === 'request_body') return this.#onRequestBody(state, message.request_body?.body ?? NO_BODY.body);
        if (phase === 'request_trailers') return this.#decided('signed', unchanged(phase), state.signedForEmptyBody);
        throw new ProtocolViolation(`${phase} before request_body`);
      case 'holding body':
        if (phase === 'request_body') return this.#onHeldPart(state, message.request_body ?? NO_BODY);
        if (phase === 'request_trailers') return this.#releaseHeldBody(state, unchanged(phase));
        throw new ProtocolViolation(`${phase} before request_body`);
      case 'streaming body':
        if (phase === 'request_body') return this.#onStreamedBody(state, message.request_body ?? NO_BODY);
        if (phase === 'request_trailers') return this.#onStreamedTrailers(state);
        return { response: unchanged(phase) };
      case 'decided':
        if (phase === 'response_headers' && state.signedBy)
          this.#signer.onVerdict(state.signedBy, verdictOf(message.response_headers));
        return { response: passedOn(phase, message, this.#modes) };
    }
  }

  #onRequestHeaders(headers: HttpHeaders, message: ProcessingRequest): Answer | undefined | Promise<Answer> {
    this.#modes = bodyModes(message);
    this.#owesBody = !headers.end_of_stream && !letsGoOfTheBody(this.#modes.request);
    const { request, ...ids } = viewOf(headers.headers);
    const sources = configSources(message, this.#call);
    const trace = this.#report.begun(sources, ids);

    const config = this.#signer.resolve(sources);
    if (config !== 'unconfigured-pass') this.#report.resolved(config);
    const task = this.#signer.admit(request, config, { peer: this.#call.peer, routeName: sources.routeName, trace });
    if (task.kind === 'pass') return this.#pass(task.remove);
    this.#report.about.task = task;

    const hasBody = !headers.end_of_stream;
    const plan = planPayload(task.config, request, hasBody, deliveryOf(this.#modes.request));
    switch (plan.kind) {
      case 'at headers':
        return this.#signHeaders(task, plan.payloadHash, hasBody && plan.endless);
      case 'whole body':
        if (this.#modes.request === BodySendMode.FULL_DUPLEX_STREAMED) return this.#holdBody(task, plan);
        return this.#awaitBody(task, plan);
      case 'streaming':
        return this.#startStreaming(task, plan);
      case 'undeliverable':
        throw unservableMode(task.config, this.#modes.request, plan.needs);
    }
  }

  #pass(remove: readonly string[]): Answer {
    const response =
      remove.length > 0 ? changed('request_headers', { set: [], remove: [...remove] }) : unchanged('request_headers');
    return this.#decided('passed', response);
  }

  /** A body without an end must not be waited for: Envoy lets go of it when the stream ends behind the answer. */
  #signHeaders(task: SigningTask, hash: string, endless: boolean): Answer | Promise<Answer> {
    return this.#withCredentials(task, (credentials) => {
      const mutation = this.#signer.sign(task, credentials, hash);
      const held = holdsTheBodyBack(this.#modes.request);
      const response = held ? changedWithoutBody(mutation) : changed('request_headers', mutation);
      const answer = this.#decided('signed', response, { task, credentials });
      if (!endless || !held) return answer;
      this.#state = { is: 'ended' };
      return { ...answer, last: true };
    });
  }

  /**
   * Envoy sends no body message for a body of nothing but trailers, and then releases what the headers' answer made of
   * the request, whatever content-length promises. So that answer signs for an empty body, and the body's answer
   * overwrites it.
   */
  #awaitBody(task: SigningTask, plan: WholeBodyPlan): Answer | Promise<Answer> {
    return this.#withCredentials(task, (credentials) => {
      this.#state = { is: 'awaiting body', task, plan, signedForEmptyBody: { task, credentials } };
      return { response: changed('request_headers', this.#signer.sign(task, credentials, EMPTY_PAYLOAD_HASH)) };
    });
  }

  /** Asks for the credentials anew: a slow upload may have outlived those of the headers' time. */
  #onRequestBody({ task, plan }: { task: SigningTask; plan: WholeBodyPlan }, body: Buffer): Answer | Promise<Answer> {
    if (plan.decode) return this.#onFramedBody(task, body);
    const signed = (hash: string) =>
      this.#withCredentials(task, (credentials) => {
        const mutation = this.#signer.signWhole(task, credentials, hash, body.length);
        return this.#decided('signed', changed('request_body', mutation), { task, credentials });
      });
    const hash = plan.unsigned ? UNSIGNED_PAYLOAD : this.#signer.hash(body);
    return hash instanceof Promise ? hash.then(signed) : signed(hash);
  }

  #onFramedBody(task: SigningTask, framed: Buffer): Promise<Answer> | Answer {
    return this.#withCredentials(task, async (credentials) => {
      const { mutation, body } = await this.#signer.signDecoded(task, credentials, framed);
      return this.#decided('signed', changedWithBody(mutation, body), { task, credentials });
    });
  }

  /** Where bodies pass through, the headers wait for their answer as long as they have to. */
  #holdBody(task: SigningTask, plan: WholeBodyPlan): undefined {
    this.#heldBody = new HeldBody(this.#call.held);
    this.#state = { is: 'holding body', task, plan, held: this.#heldBody };
  }

  #onHeldPart(state: HoldingBody, { body, end_of_stream }: HttpBody): undefined | Promise<Answer> {
    state.held.add(body);
    return end_of_stream ? this.#releaseHeldBody(state) : undefined;
  }

  /** @param trailers the answer to those that ended the body, if any did */
  async #releaseHeldBody({ task, plan, held }: HoldingBody, trailers?: ProcessingResponse): Promise<Answer> {
    const credentials = await this.#signer.credentialsFor(task);
    const signed = await this.#signer.signHeld(task, credentials, held.whole(), plan.decode);
    const body = streamed('request_body', [signed.body], trailers === undefined);
    const before = [changed('request_headers', signed.mutation), ...(trailers ? [body] : [])];
    return { ...this.#decided('signed', trailers ?? body, { task, credentials }), before };
  }

  #startStreaming(task: SigningTask, plan: StreamingPlan): Answer | Promise<Answer> {
    return this.#withCredentials(task, (credentials) => {
      const { mutation, body } = this.#signer.signStreaming(task, credentials, plan);
      this.#state = { is: 'streaming body', body, signedBy: { task, credentials } };
      return { response: changed('request_headers', mutation) };
    });
  }

  #onStreamedBody(
    { body, signedBy }: Extract<State, { is: 'streaming body' }>,
    { body: part, end_of_stream }: HttpBody,
  ): Answer | Promise<Answer> {
    const frames = body.push(part);
    if (!end_of_stream) return { response: streamed('request_body', frames, false) };
    return body
      .end()
      .then((last) => this.#decided('signed', streamed('request_body', [...frames, ...last], true), signedBy));
  }

  /** A body that trailers end has no last message of its own. */
  #onStreamedTrailers({ body, signedBy }: Extract<State, { is: 'streaming body' }>): Promise<Answer> {
    return body.end().then((last) => ({
      ...this.#decided('signed', unchanged('request_trailers'), signedBy),
      before: [streamed('request_body', last, false)],
    }));
  }

  #withCredentials(
    task: SigningTask,
    use: (credentials: Credentials) => Answer | Promise<Answer>,
  ): Answer | Promise<Answer> {
    const credentials = this.#signer.credentialsFor(task);
    if (!(credentials instanceof Promise)) return use(credentials);
    // Where bodies pass through, Envoy waits as long as it takes.
    if (this.#modes.request !== BodySendMode.FULL_DUPLEX_STREAMED) this.#call.askForTime();
    return credentials.then(use);
  }

  #decided(outcome: 'signed' | 'passed', response: ProcessingResponse, signedBy?: SignedBy): Answer {
    this.#state = { is: 'decided', ...(signedBy && { signedBy }) };
    return { response: this.#report.decided(outcome, response) };
  }

  #refuse(thrown: unknown): Answer {
    const error = asSignerError(thrown);
    this.#state = { is: 'ended' };
    const response = refusal(error, this.#report.about.config?.refusals);
    return { response: this.#report.refusedWith(error, response), last: true };
  }
}

const NO_HEADERS: HttpHeaders = { headers: [], end_of_stream: false };
