import { createConnection, type Socket } from 'node:net';
import { parseResponse } from './http-response.ts';

export interface ConnectionEvents {
  /** Once it is made: the first request may be sent. */
  connected(): void;
  /** The whole answer to the request in flight has come. @param closing no other request may be sent */
  answered(status: number, closing: boolean): void;
  /** The connection is no more. @param error what went wrong, if it could not be made or a request was in flight */
  ended(error: string | undefined): void;
}

/** A keep-alive connection to 127.0.0.1 with one request in flight at a time. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #pending: Buffer | undefined;
  #error: string | undefined = 'no connection';

  constructor(port: number, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.once('connect', () => {
      this.#error = undefined;
      events.connected();
    });
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.once('error', (thrown) => {
      this.#error = thrown.message;
    });
    this.#socket.once('close', () => events.ended(this.#error));
  }

  /** @param request the whole of it, as bytes */
  send(request: Buffer): void {
    this.#error = 'connection closed before the answer';
    this.#socket.write(request);
  }

  /** Ends it. @param reason what went wrong, where something did */
  close(reason?: string): void {
    if (reason !== undefined) this.#error = reason;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    try {
      const bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
      const response = parseResponse(bytes);
      this.#pending = bytes;
      if (response === undefined) return;
      if (response.end !== bytes.length) throw new Error('bytes after the answer');
      this.#pending = undefined;
      this.#error = undefined;
      this.#events.answered(response.status, response.close);
      if (response.close) this.#socket.destroy();
    } catch (thrown) {
      this.close(String(thrown));
    }
  }
}
