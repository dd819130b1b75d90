import { asSignerError, RequestError, type SignerError } from '../errors/index.ts';
import {
  contentLength,
  isGrpc,
  isUpgrade,
  type Outcome,
  type RequestReport,
  type Signer,
  type SigningTask,
} from '../signer/index.ts';
import { type Credentials, EMPTY_PAYLOAD_HASH, payloadHash, UNSIGNED_PAYLOAD } from '../signing/index.ts';
import { changed, changedWithoutBody, refusal, streamedBack, unchanged } from './answers.ts';
import {
  BodySendMode,
  type HttpHeaders,
  PHASES,
  type Phase,
  type ProcessingRequest,
  type ProcessingResponse,
} from './messages.ts';
import { type BodyMode, holdsTheBodyBack, requireServableBody } from './processing-mode.ts';
import { configSources, type GrpcCall, viewOf } from './request-view.ts';

/**
 * - `opened`: nothing has come yet
 * - `awaiting body`: the headers are answered, and Envoy holds the request back until its body is answered too
 * - `decided`: signed or let through; what comes now goes on as it is
 * - `refused`: answered in AWS's stead; Envoy sends nothing more
 */
type State = 'opened' | 'awaiting body' | 'decided' | 'refused';

export interface Answer {
  response: ProcessingResponse;
  /** The stream is to end, with OK, behind this answer. */
  last?: boolean;
}

/** The peer broke the protocol's order; the stream has to end with a status that is not OK. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

/**
 * One ext_proc stream, which is one HTTP request: takes Envoy's messages in order, one after the other is answered,
 * and gives one answer to each. Nothing is answered that would release a request neither signed nor let through.
 */
export class RequestStream {
  readonly #signer: Signer;
  readonly #call: GrpcCall;
  readonly #onDone: (report: RequestReport) => void;
  readonly #started = performance.now();
  readonly #about: Pick<RequestReport, 'service' | 'routeName' | 'requestId'> = {};
  #state: State = 'opened';
  #reported = false;
  #bodyMode: BodyMode;
  #task: SigningTask | undefined;

  constructor(signer: Signer, call: GrpcCall, onDone: (report: RequestReport) => void) {
    this.#signer = signer;
    this.#call = call;
    this.#onDone = onDone;
  }

  /** Whether the request's fate is sealed, so that the stream may end with OK. */
  get isDecided(): boolean {
    return this.#state === 'decided' || this.#state === 'refused';
  }

  /**
   * The answer to one message, at once where all that it needs is at hand; undefined where none is due.
   * @throws ProtocolViolation
   */
  answer(message: ProcessingRequest): Answer | undefined | Promise<Answer> {
    const phase = PHASES.find((name) => message[name] !== undefined);
    // Newer Envoys send messages of kinds that are not known here, for flow control; no answer is due to them.
    if (phase === undefined || this.#state === 'refused') return undefined;
    try {
      const answer = this.#dispatch(phase, message);
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#refuse(error)) : answer;
    } catch (error) {
      if (error instanceof ProtocolViolation) throw error;
      return this.#refuse(error);
    }
  }

  /** To be called when the stream is gone. */
  close(): void {
    this.#report('aborted');
  }

  #dispatch(phase: Phase, message: ProcessingRequest): Answer | Promise<Answer> {
    switch (this.#state) {
      case 'opened':
        if (phase !== 'request_headers') throw new ProtocolViolation(`${phase} before request_headers`);
        return this.#onRequestHeaders(message.request_headers ?? {}, message);
      case 'awaiting body':
        if (phase === 'request_body') return this.#onRequestBody(message.request_body?.body ?? EMPTY);
        // Trailers without a body: what left with the headers' answer is signed for an empty body.
        if (phase === 'request_trailers') return this.#decided('signed', unchanged(phase));
        throw new ProtocolViolation(`${phase} before request_body`);
      default:
        if (phase === 'request_headers') throw new ProtocolViolation('request_headers twice');
        return { response: this.#passedOn(phase, message) };
    }
  }

  #onRequestHeaders(headers: HttpHeaders, message: ProcessingRequest): Answer | Promise<Answer> {
    const { protocol_config } = message;
    this.#bodyMode = protocol_config && (protocol_config.request_body_mode ?? BodySendMode.NONE);
    const { request, requestId } = viewOf(headers);
    const sources = configSources(message, this.#call);
    if (sources.routeName) this.#about.routeName = sources.routeName;
    if (requestId) this.#about.requestId = requestId;

    const admission = this.#signer.admit(request, sources);
    if (admission.kind === 'pass') return this.#decided('passed', unchanged('request_headers'));
    this.#task = admission;
    this.#about.service = admission.config.service;

    const hasBody = headers.end_of_stream !== true;
    const unsigned = admission.config.payload === 'unsigned';
    if (!hasBody || isUpgrade(request.headers)) {
      return this.#signHeaders(admission, unsigned ? UNSIGNED_PAYLOAD : EMPTY_PAYLOAD_HASH, hasBody);
    }
    requireServableBody(admission.config, this.#bodyMode);
    if (unsigned) return this.#signHeaders(admission, UNSIGNED_PAYLOAD, isGrpc(request.headers));
    if (isGrpc(request.headers)) {
      throw new RequestError(
        'SIGV4_REQUEST_UNSUPPORTED',
        'a gRPC stream has no end to hash; set payload: unsigned for it',
      );
    }
    return this.#awaitBody(admission, contentLength(request.headers) > 0);
  }

  /** A body without an end must not be waited for: Envoy lets go of it when the stream ends behind the answer. */
  #signHeaders(task: SigningTask, hash: string, endless: boolean): Answer | Promise<Answer> {
    return this.#withCredentials(task, (credentials) => {
      const mutation = this.#signer.sign(task, credentials, hash);
      const held = holdsTheBodyBack(this.#bodyMode);
      const response = held ? changedWithoutBody(mutation) : changed('request_headers', mutation);
      return { ...this.#decided('signed', response), ...(endless && held && { last: true }) };
    });
  }

  /**
   * Envoy sends no body message for a body of nothing but trailers, and then releases what the headers' answer made of
   * the request. So that answer signs for an empty body, and the body's answer overwrites it. A content-length, which
   * Envoy holds the client to, promises a body and spares the first signature.
   */
  #awaitBody(task: SigningTask, bodyIsSure: boolean): Answer | Promise<Answer> {
    return this.#withCredentials(task, (credentials) => {
      this.#state = 'awaiting body';
      if (bodyIsSure) return { response: unchanged('request_headers') };
      return { response: changed('request_headers', this.#signer.sign(task, credentials, EMPTY_PAYLOAD_HASH)) };
    });
  }

  /** Asks for the credentials anew: a slow upload may have outlived those of the headers' time. */
  #onRequestBody(body: Uint8Array): Answer | Promise<Answer> {
    const task = this.#task;
    if (task === undefined) throw new ProtocolViolation('request_body of an unknown request');
    const hash = payloadHash(body);
    return this.#withCredentials(task, (credentials) =>
      this.#decided('signed', changed('request_body', this.#signer.sign(task, credentials, hash))),
    );
  }

  #withCredentials(task: SigningTask, use: (credentials: Credentials) => Answer): Answer | Promise<Answer> {
    const credentials = this.#signer.credentialsFor(task);
    return credentials instanceof Promise ? credentials.then(use) : use(credentials);
  }

  #passedOn(phase: Phase, message: ProcessingRequest): ProcessingResponse {
    const streamed = this.#bodyMode === BodySendMode.FULL_DUPLEX_STREAMED;
    return phase === 'request_body' && streamed ? streamedBack(message.request_body ?? {}) : unchanged(phase);
  }

  #decided(outcome: 'signed' | 'passed', response: ProcessingResponse): Answer {
    this.#state = 'decided';
    this.#report(outcome);
    return { response };
  }

  #refuse(thrown: unknown): Answer {
    const error = asSignerError(thrown);
    this.#state = 'refused';
    this.#report('refused', error);
    return { response: refusal(error), last: true };
  }

  #report(outcome: Outcome, error?: SignerError): void {
    if (this.#reported) return;
    this.#reported = true;
    const seconds = (performance.now() - this.#started) / 1000;
    this.#onDone({ outcome, seconds, ...this.#about, ...(error && { code: error.code, error }) });
  }
}

const EMPTY = new Uint8Array();
