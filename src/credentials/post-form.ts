import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Turns } from './turns.ts';

/** STS's own are of some 2 KB. */
const LARGEST_ANSWER = 256 * 1024;

/** Where forms are posted to, by which agent, and with what headers. */
export interface FormTarget {
  /** Of node:http or node:https. */
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly options: RequestOptions & { agent: Agent };
  /**
   * All headers but the content's length, names and values in turn: Node keeps no objects of them, as it does of those in
   * the options. Absent where it adds a proxy's own.
   */
  readonly headers?: readonly string[];
}

export interface HttpAnswer {
  readonly status: number;
  /** The Date header. */
  readonly date: string | undefined;
  readonly requestId: string | undefined;
  readonly body: string;
}

/** What becomes of an answer, and when: those of a crowd come in one turn of the event loop. */
export interface AnswerReader<T> {
  readonly turns: Turns;
  /** What it throws is the form's failure. */
  read(answer: HttpAnswer): T;
}

/**
 * Posts a form. Not async, and with one promise in all: each layer more costs a crowd that waits half a kilobyte.
 * @param form ASCII
 * @throws the signal's reason, the Error of a connection, or what the reader throws
 */
export function postForm<T>(target: FormTarget, form: string, abort: AbortSignal, reader: AnswerReader<T>): Promise<T> {
  if (abort.aborted) return Promise.reject(abort.reason);
  const sent = target.request(optionsFor(target, form));
  const answer = answerTo(sent, abort, reader);
  // In one write with the headers, as its encoding is the headers' own. No closure keeps the form: a crowd waits long.
  sent.end(form, 'latin1');
  return answer;
}

function optionsFor({ options, headers }: FormTarget, form: string): RequestOptions {
  return headers ? { ...options, headers: [...headers, 'content-length', String(form.length)] } : options;
}

function answerTo<T>(sent: ClientRequest, abort: AbortSignal, { turns, read }: AnswerReader<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      abort.removeEventListener('abort', onAbort);
      sent.destroy();
      reject(error);
    };
    const onAbort = () => fail(abort.reason);
    abort.addEventListener('abort', onAbort);
    sent.on('error', fail);
    sent.on('response', (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) fail(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        abort.removeEventListener('abort', onAbort);
        turns
          .take()
          .then(() => resolve(read(answerOf(incoming, chunks))))
          .catch(reject);
      });
    });
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, chunks: readonly Buffer[]): HttpAnswer {
  const requestId = headers['x-amzn-requestid'] ?? headers['x-amzn-request-id'] ?? headers['x-amz-request-id'];
  return {
    status: statusCode,
    date: headers.date,
    requestId: requestId as string | undefined,
    body: (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString(),
  };
}
