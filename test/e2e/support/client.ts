import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';

export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface ClientRequest {
  method?: string;
  /** The request target as it goes on the wire, characters above 0x7f as bytes of latin1. */
  path?: string;
  /** The Host header. Default `client.example`. */
  host?: string;
  /** In this order and spelling, repetitions included. */
  headers?: HeaderList;
  /** With a content-length, unless `headers` say otherwise. */
  body?: string | Buffer;
  /** Sent behind a chunked body. */
  trailers?: HeaderList;
}

export interface ClientResponse {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

const agent = new Agent({ keepAlive: true });

/** Sends one HTTP/1.1 request to a port on loopback exactly as it is given: nothing is normalised, nothing added. */
export function send(port: number, request: ClientRequest = {}): Promise<ClientResponse> {
  const { method = 'GET', path = '/', body = '', trailers } = request;
  const outgoing = httpRequest({
    ...{ host: '127.0.0.1', port, method, path, agent },
    headers: headersOf(request).flat(),
    setHost: false,
  });
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (response) => collect(response).then(resolve, reject));
    if (trailers !== undefined) outgoing.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    outgoing.end(body);
  });
}

function headersOf({ method = 'GET', host = 'client.example', headers = [], body, trailers }: ClientRequest) {
  const entries: [string, string][] = [
    ['Host', host],
    ...headers.map(([name, value]): [string, string] => [name, value]),
  ];
  const has = (name: string) => entries.some(([key]) => key.toLowerCase() === name);
  if (has('content-length') || has('transfer-encoding')) return entries;
  if (trailers !== undefined) entries.push(['Transfer-Encoding', 'chunked']);
  else if (body !== undefined || (method !== 'GET' && method !== 'HEAD')) {
    entries.push(['Content-Length', String(Buffer.byteLength(body ?? ''))]);
  }
  return entries;
}

async function collect(response: IncomingMessage): Promise<ClientResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
}
