import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { text } from 'node:stream/consumers';

export interface Http2Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An HTTP/2 connection with prior knowledge to a port on loopback, one for each request. */
export class Http2Request {
  readonly stream: ClientHttp2Stream;
  readonly response: Promise<Http2Response>;
  readonly #session: ClientHttp2Session;

  /** Sends the headers and leaves the stream open. Without trailers and DATA its end is an empty DATA frame. */
  constructor(port: number, headers: OutgoingHttpHeaders, trailers?: OutgoingHttpHeaders) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    const all = { ':method': 'POST', ':authority': 'client.example', ...headers };
    this.stream = this.#session.request(all, { endStream: false, waitForTrailers: trailers !== undefined });
    if (trailers) this.stream.once('wantTrailers', () => this.stream.sendTrailers(trailers));
    this.response = responseOf(this.stream);
    // Who asks for the response hears of a failure; until then it is no unhandled one.
    this.response.catch(() => undefined);
  }

  close(): void {
    this.#session.destroy();
  }
}

async function responseOf(stream: ClientHttp2Stream): Promise<Http2Response> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return { status: Number(headers[':status']), headers, body: await text(stream) };
}
