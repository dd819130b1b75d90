import { randomUUID } from 'node:crypto';
import { type Answer, escapeXml } from './http.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** An element tree: a text, or children by name in order; `undefined` children are left out. */
export type Xml = string | { [name: string]: Xml | undefined };

/** An error that STS answers with; status 400 or 403 for the sender's, 5xx for its own. */
export class StsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

function render(tree: Xml): string {
  if (typeof tree === 'string') return escapeXml(tree);
  return Object.entries(tree)
    .map(([name, child]) => (child === undefined ? '' : `<${name}>${render(child)}</${name}>`))
    .join('');
}

function answer(status: number, root: string, tree: Xml, requestId: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${root} xmlns="${NAMESPACE}">${render(tree)}</${root}>\n`,
  };
}

/** The 200 answer of a call: `ACTIONResponse` with `ACTIONResult` and the request id. */
export function resultAnswer(action: string, result: Xml): Answer {
  const requestId = randomUUID();
  const tree = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } };
  return answer(200, `${action}Response`, tree, requestId);
}

/** The `ErrorResponse` of a failed call. */
export function errorAnswer({ code, status, message }: StsError): Answer {
  const requestId = randomUUID();
  const Type = status < 500 ? 'Sender' : 'Receiver';
  return answer(
    status,
    'ErrorResponse',
    { Error: { Type, Code: code, Message: message }, RequestId: requestId },
    requestId,
  );
}

/** 2014-10-24T23:00:23Z: STS's times have no fraction. */
export function formatTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
