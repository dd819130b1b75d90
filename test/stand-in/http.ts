import { once } from 'node:events';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type AnyServer = HttpServer | HttpsServer;

export interface ListenOptions {
  /** Address to bind; default 127.0.0.1. */
  host?: string;
  /** Port to bind; default 0, the kernel's choice. */
  port?: number;
}

/** Binds a server and returns the port it got; rejects with the bind error. */
export async function listen(server: AnyServer, { host = '127.0.0.1', port = 0 }: ListenOptions = {}): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The URL that reaches a server from this machine, whichever address it is bound to. */
export function localUrl(scheme: 'http' | 'https', host = '127.0.0.1', port = 0): string {
  return `${scheme}://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
}

/** Stops listening and drops every open connection, idle or not. Safe to call twice. */
export async function closeServer(server: AnyServer): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The whole request body; rejects if the client goes away first. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Splits Node's flat `rawHeaders` into [name, value] pairs: values are latin1 byte strings, order as on the wire. */
export function headerPairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) pairs.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']);
  return pairs;
}

/** Every value of one header, in wire order, by case-insensitive name. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return headerPairs(rawHeaders)
    .filter(([candidate]) => candidate.toLowerCase() === name)
    .map(([, value]) => value);
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

export function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  });
}

/** Escapes text for an XML element or attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
