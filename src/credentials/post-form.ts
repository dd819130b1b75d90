import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

/** STS's own are of some 2 KB. */
const LARGEST_ANSWER = 256 * 1024;

/** Where forms are posted to, by which agent, and with what headers. */
export interface FormTarget {
  /** Of node:http or node:https. */
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly options: RequestOptions & { agent: Agent };
}

export interface HttpAnswer {
  readonly status: number;
  /** The Date header. */
  readonly date: string | undefined;
  readonly requestId: string | undefined;
  readonly body: string;
}

/**
 * Posts a form.
 * @param form ASCII
 * @throws the signal's reason, or the Error of a connection
 */
export function postForm(target: FormTarget, form: string, abort: AbortSignal): Promise<HttpAnswer> {
  if (abort.aborted) return Promise.reject(abort.reason);
  const sent = target.request(target.options);
  const answer = answerTo(sent, abort);
  // In one write with the headers, as its encoding is the headers' own. No closure keeps the form: a crowd waits long.
  sent.end(form, 'latin1');
  return answer;
}

function answerTo(sent: ClientRequest, abort: AbortSignal): Promise<HttpAnswer> {
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
        resolve(answerOf(incoming, chunks));
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
