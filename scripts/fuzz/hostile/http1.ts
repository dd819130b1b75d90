import { connect } from 'node:net';
import type { RawRequest } from './wire-request.ts';

/** What came back; `undefined` where the connection ended without an answer, or the peer waits for more. */
export interface RawAnswer {
  status: number | undefined;
  body: string;
  /** The peer neither answered nor closed in time. */
  waits: boolean;
}

/** Longer than the signer and STS together may take. */
const PATIENCE_MS = 10_000;

/** Sends a request over HTTP/1.1 on a connection of its own, byte for byte, and gives the answer. */
export function exchangeHttp1(port: number, { method, target, host, headers, body }: RawRequest): Promise<RawAnswer> {
  const saysLength = headers.some(([name]) => name === 'content-length' || name === 'transfer-encoding');
  const length: [string, string][] = body && !saysLength ? [['content-length', String(body.length)]] : [];
  const fields = [['host', host], ...headers, ...length, ['connection', 'close']];
  const head = `${method} ${target} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const received: Buffer[] = [];
    const done = (waits: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      const { status, body } = parse(Buffer.concat(received).toString('latin1'));
      resolve({ status, body, waits: waits && status === undefined });
    };
    // Where a request promises more than it sends, Envoy waits for it, and rightly so.
    const timer = setTimeout(() => done(true), saysLength ? PATIENCE_MS / 10 : PATIENCE_MS);
    socket.on('data', (data) => {
      received.push(data);
      // Behind an answer of its own Envoy leaves the connection open for a second.
      if (parse(Buffer.concat(received).toString('latin1')).isWhole) done(false);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done(false));
    socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]));
  });
}

function parse(text: string): { status: number | undefined; body: string; isWhole: boolean } {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return { status: undefined, body: '', isWhole: false };
  const head = text.slice(0, end);
  const raw = text.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  if (Number.isFinite(length)) return { status, body: raw.slice(0, length), isWhole: raw.length >= length };
  return { status, body: raw.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n(?:\r\n)?/g, ''), isWhole: raw.endsWith('0\r\n\r\n') };
}
