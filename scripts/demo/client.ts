import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

const TIMEOUT_MS = 10_000;

export interface HttpRequest {
  method: string;
  /** Where it goes, `http://host:port`. */
  origin: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
  milliseconds: number;
}

/** One request on a connection of its own, with no other headers than those given, host and content-length. */
export async function send({ method, origin, path, headers, body }: HttpRequest): Promise<HttpAnswer> {
  const started = performance.now();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request(origin + path, { method, headers: { ...headers, ...length }, agent: false, signal });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    milliseconds: performance.now() - started,
  };
}
