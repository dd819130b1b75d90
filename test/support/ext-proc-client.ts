import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type MethodDefinition,
  type StatusObject,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A ProcessingRequest in proto-loader's object form. */
export type RequestMessage = Record<string, unknown>;

export interface SetHeader {
  header: { key?: string; value?: string; raw_value?: Buffer };
  append?: unknown;
  append_action?: number;
}

export interface Mutation {
  set_headers?: SetHeader[];
  remove_headers?: string[];
}

export interface PhaseAnswer {
  response?: {
    header_mutation?: Mutation;
    body_mutation?: { streamed_response?: { body?: Buffer; end_of_stream?: boolean } };
  };
}

/** A ProcessingResponse as it came from the wire: fields that were not sent are absent. */
export interface AnswerMessage {
  /** Which member of the oneof is set. */
  response?: string;
  request_headers?: PhaseAnswer;
  request_body?: PhaseAnswer;
  request_trailers?: { header_mutation?: Mutation };
  response_headers?: PhaseAnswer;
  response_body?: PhaseAnswer;
  response_trailers?: { header_mutation?: Mutation };
  immediate_response?: {
    status?: { code?: number };
    headers?: Mutation;
    body?: Buffer;
    details?: string;
  };
  mode_override?: { request_body_mode?: number };
  override_message_timeout?: { seconds?: unknown; nanos?: number };
}

type Process = MethodDefinition<RequestMessage, AnswerMessage>;
type Call = ClientDuplexStream<RequestMessage, AnswerMessage>;

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

/** The method, with what turns its messages into bytes and back. */
export function processMethod(): Process {
  const definitions = loadSync('envoy/service/ext_proc/v3/external_processor.proto', {
    includeDirs: [PROTO_ROOT],
    keepCase: true,
    oneofs: true,
  });
  const service = definitions['envoy.service.ext_proc.v3.ExternalProcessor'] as unknown as { Process: Process };
  return service.Process;
}

/** One ext_proc stream, seen from Envoy's side. */
export class ExtProcStream {
  /** All answers so far; what only asks for time is none. */
  readonly answers: AnswerMessage[] = [];
  /** What was asked for besides: more time, in seconds. */
  readonly patience: { seconds?: unknown; nanos?: number }[] = [];
  readonly #call: Call;
  readonly #events = new EventEmitter();
  #taken = 0;
  #status: StatusObject | undefined;

  constructor(call: Call) {
    this.#call = call;
    call.on('data', (answer: AnswerMessage) => {
      if (answer.override_message_timeout) this.patience.push(answer.override_message_timeout);
      else this.answers.push(answer);
      this.#events.emit('change');
    });
    call.on('status', (status: StatusObject) => {
      this.#status = status;
      this.#events.emit('change');
    });
    call.on('error', () => undefined);
  }

  send(...messages: RequestMessage[]): this {
    for (const message of messages) this.#call.write(message);
    return this;
  }

  /** The next answer; rejects if the stream ends before it. */
  async next(): Promise<AnswerMessage> {
    for (;;) {
      const answer = this.answers[this.#taken];
      if (answer !== undefined) {
        this.#taken += 1;
        return answer;
      }
      if (this.#status) throw new Error(`the stream ended with ${this.#status.code} ${this.#status.details}`);
      await once(this.#events, 'change');
    }
  }

  /** Sends one message and takes its answer. */
  ask(message: RequestMessage): Promise<AnswerMessage> {
    return this.send(message).next();
  }

  /** How the stream ended, or will end. */
  async status(): Promise<StatusObject> {
    while (!this.#status) await once(this.#events, 'change');
    return this.#status;
  }

  /** Ends our side. */
  end(): this {
    this.#call.end();
    return this;
  }

  /** Resets the stream, as Envoy ends each exchange. */
  cancel(): this {
    this.#call.cancel();
    return this;
  }
}

export interface OpenOptions {
  /** gRPC initial metadata; a Buffer goes to a `-bin` key. */
  metadata?: Record<string, string | Buffer>;
}

/** A gRPC connection as Envoy's ext_proc filter holds it. */
export class ExtProcClient {
  readonly #client: Client;
  readonly #method = processMethod();

  /** @param authority the gRPC `:authority`, as Envoy's `envoy_grpc.authority` */
  constructor(address: string, authority?: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      ...(authority !== undefined && { 'grpc.default_authority': authority }),
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  open({ metadata = {} }: OpenOptions = {}): ExtProcStream {
    const { path, requestSerialize, responseDeserialize } = this.#method;
    const initial = new Metadata();
    for (const [key, value] of Object.entries(metadata)) initial.set(key, value);
    return new ExtProcStream(this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, initial));
  }

  close(): void {
    this.#client.close();
  }
}
