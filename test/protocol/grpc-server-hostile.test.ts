import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EchoServer, startEcho } from '../support/grpc-echo.ts';
import { ACK, END_HEADERS, frame, HEADERS, PING, PREFACE, reset, SETTINGS } from '../support/http2-frames.ts';
import { lengthPrefixed } from '../support/length-prefixed.ts';

let echo: EchoServer;
let session: ClientHttp2Session;
beforeEach(async () => {
  echo = await startEcho({ streamsPerConnection: 10 });
  session = newSession();
});
afterEach(async () => {
  session.destroy();
  await echo.close();
});

function newSession(): ClientHttp2Session {
  const made = connect(`http://127.0.0.1:${echo.port}`);
  made.on('error', () => undefined);
  return made;
}

function open(headers: OutgoingHttpHeaders = {}, on = session): ClientHttp2Stream {
  const stream = on.request({
    ':method': 'POST',
    ':path': '/echo.Echo/Stream',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  return stream;
}

interface Outcome {
  http: number | undefined;
  status: string | undefined;
  bytes: number;
}

/** What came back, wherever the status stands. */
async function outcome(stream: ClientHttp2Stream): Promise<Outcome> {
  const result: Outcome = { http: undefined, status: undefined, bytes: 0 };
  const take = (headers: Record<string, unknown>) => {
    if (headers[':status'] !== undefined) result.http = Number(headers[':status']);
    if (headers['grpc-status'] !== undefined) result.status = String(headers['grpc-status']);
  };
  stream.on('response', take).on('trailers', take);
  stream.on('data', (chunk: Buffer) => {
    result.bytes += chunk.length;
  });
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
  return result;
}

/** The server serves others all the same. */
async function expectService(): Promise<void> {
  const other = newSession();
  const stream = open({}, other);
  stream.end(lengthPrefixed(Buffer.from('fine')));
  expect(await outcome(stream)).toEqual({ http: 200, status: '0', bytes: 9 });
  other.destroy();
}

afterEach(expectService, 10_000);

describe('what is no call of gRPC', () => {
  it.each<[string, OutgoingHttpHeaders, number]>([
    ['another content type', { 'content-type': 'application/json' }, 415],
    ['one that only begins like it', { 'content-type': 'application/grpc-web' }, 415],
    ['another method', { ':method': 'PUT' }, 405],
  ])('%s is refused by HTTP', async (_, headers, http) => {
    const stream = open(headers);
    stream.write(lengthPrefixed(Buffer.alloc(10)));
    expect(await outcome(stream)).toEqual({ http, status: undefined, bytes: 0 });
  });

  it.each<[string, OutgoingHttpHeaders, string]>([
    ['a path that nobody serves', { ':path': '/echo.Echo' }, '12'],
    ['compression', { 'grpc-encoding': 'gzip' }, '12'],
    ['a timeout of another form', { 'grpc-timeout': '1 second' }, '3'],
  ])('%s is refused by status', async (_, headers, status) => {
    expect(await outcome(open(headers))).toEqual({ http: 200, status, bytes: 0 });
  });

  it('the content type’s kinds are taken', async () => {
    const stream = open({ 'content-type': 'application/grpc+proto' });
    stream.end(lengthPrefixed(Buffer.alloc(1)));
    expect(await outcome(stream)).toMatchObject({ status: '0', bytes: 6 });
  });

  it.each([
    ['HTTP/1.1', 'GET / HTTP/1.1\r\n\r\n'],
    ['noise', '\0'.repeat(1000)],
  ])('a connection of %s is closed', async (_, bytes) => {
    const socket = createConnection(echo.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(bytes);
    await once(socket, 'close');
    await vi.waitUntil(() => echo.grpc.sessions.size <= 1);
  });
});

describe('messages', () => {
  it('are found however their bytes are cut', async () => {
    const bytes = Buffer.concat([
      lengthPrefixed(Buffer.alloc(3, 1)),
      lengthPrefixed(Buffer.alloc(0)),
      lengthPrefixed(Buffer.alloc(300_000, 2)),
    ]);
    const stream = open();
    const ended = outcome(stream);
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 6],
      [6, 10],
      [10, 15],
      [15, 18],
      [18, 100_000],
      [100_000, bytes.length],
    ]) {
      await new Promise((resolve) => stream.write(bytes.subarray(from, to), resolve));
    }
    stream.end();
    expect(await ended).toEqual({ http: 200, status: '0', bytes: bytes.length });
    expect(echo.seen.messages).toBe(3);
  });

  it.each<[string, Buffer, string]>([
    ['that is cut off', lengthPrefixed(Buffer.alloc(5), 6), '13'],
    ['whose prefix is cut off', Buffer.from([0, 0]), '13'],
    ['that claims 4 GiB', lengthPrefixed(Buffer.alloc(5), 0xffffffff), '8'],
    ['that claims to be compressed', lengthPrefixed(Buffer.alloc(5), 5, 1), '12'],
  ])('one %s ends the call', async (_, bytes, status) => {
    const stream = open();
    stream.end(bytes);
    expect(await outcome(stream)).toMatchObject({ status });
    await vi.waitUntil(() => echo.seen.closed === 1);
  });

  it('hold no memory for a length that is only claimed', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const streams = Array.from({ length: 10 }, () => open());
    for (const stream of streams) stream.write(lengthPrefixed(Buffer.alloc(1), 1024 * 1024));
    await vi.waitUntil(() => echo.seen.opened === 10);
    // Its answer comes behind what was sent before it.
    await new Promise((resolve) => session.ping(resolve));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });

  it('are answered no faster than their peer reads', async () => {
    const stream = open();
    stream.pause();
    const message = lengthPrefixed(Buffer.alloc(60_000));
    let written = 0;
    const write = () => {
      while (written < 400 && stream.write(message)) written += 1;
      if (written < 400) stream.once('drain', write);
    };
    write();
    await vi.waitUntil(() => stream.writableNeedDrain && echo.seen.messages > 0);
    // As soon as what the windows hold is answered, nothing moves any more.
    let seen = -1;
    await vi.waitUntil(
      () => {
        const isStill = echo.seen.messages === seen;
        seen = echo.seen.messages;
        return isStill;
      },
      { interval: 200 },
    );
    expect(seen).toBeLessThan(10);
    session.destroy();
    await vi.waitUntil(() => echo.seen.closed === 1);
  });
});

describe('a handler that fails where no status can tell', () => {
  it.each<[string, (stream: ClientHttp2Stream) => unknown]>([
    ['at the peer’s end', (stream) => stream.end()],
    ['at the stream’s close', (stream) => stream.close(8)],
    ['at the connection’s', () => session.destroy()],
    ['at the deadline', () => undefined],
  ])('%s ends nothing else', async (how, end) => {
    const others = open({ ':path': '/echo.Echo/Stream' });
    const stream = open({
      ':path': '/echo.Echo/FailAtEnd',
      ...(how === 'at the deadline' && { 'grpc-timeout': '50m' }),
    });
    stream.write(lengthPrefixed(Buffer.alloc(1)));
    await once(stream, 'data');
    end(stream);
    await vi.waitUntil(() => echo.seen.defects.length > 0);
    expect(echo.seen.defects).toContainEqual(new TypeError('a defect'));
    if (session.destroyed) return;
    others.end(lengthPrefixed(Buffer.alloc(1)));
    expect(await outcome(others)).toEqual({ http: 200, status: '0', bytes: 6 });
  });
});

describe('floods', () => {
  it('more metadata than is allowed ends the stream, before any handler sees it', async () => {
    await once(session, 'remoteSettings');
    const stream = open({ 'x-text': 'x'.repeat(20_000) });
    expect(await outcome(stream)).toMatchObject({ http: undefined, status: undefined });
    expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(echo.seen.closed).toBe(0);
  });

  it('more streams than are allowed wait, or are refused', async () => {
    const streams = Array.from({ length: 50 }, () => open({ ':path': '/echo.Echo/Held' }));
    for (const stream of streams) stream.write(lengthPrefixed(Buffer.alloc(1)));
    await vi.waitUntil(() => echo.seen.messages >= 10);
    expect(echo.seen.messages).toBeLessThanOrEqual(10);
    session.destroy();
    await vi.waitUntil(() => echo.seen.closed >= 10);
  });

  it('resets over the limit end the connection', async () => {
    const limited = await startEcho({ resetsPerSecond: 50 });
    const flood = connect(`http://127.0.0.1:${limited.port}`);
    flood.on('error', () => undefined);
    const closed = new Promise((resolve) => flood.once('close', resolve));
    await once(flood, 'remoteSettings');
    const next = () => {
      if (flood.closed || flood.destroyed) return;
      const stream = open({}, flood);
      stream.once('close', () => setImmediate(next));
      stream.close(8);
    };
    for (let index = 0; index < 20; index++) next();
    await closed;
    await limited.close();
  });

  it('a reset in the same packet as what is refused does no harm', async () => {
    const socket = createConnection(echo.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const settings = frame(SETTINGS, 0, 0);
    // :method POST, :scheme http, :path /
    const headers = frame(HEADERS, END_HEADERS, 1, [0x83, 0x86, 0x84]);
    const ping = frame(PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
    socket.write(Buffer.concat([PREFACE, settings, headers, reset(1), ping]));
    const pong = frame(PING, ACK, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.includes(pong)) break;
    }
    expect(received.includes(pong)).toBe(true);
  });

  it('streams that are reset at once leave nothing open', async () => {
    for (let round = 0; round < 20; round++) {
      const paths = ['/echo.Echo/Stream', '/echo.Echo/None', '/echo.Echo/Refuse'];
      const streams = Array.from({ length: 9 }, (_, index) => open({ ':path': paths[index % paths.length] }));
      for (const stream of streams) {
        stream.write(lengthPrefixed(Buffer.alloc(20)));
        stream.close(2);
      }
      await Promise.all(streams.map((stream) => outcome(stream)));
    }
    const stream = open();
    stream.end(lengthPrefixed(Buffer.alloc(1)));
    await outcome(stream);
    expect(echo.seen.opened).toBeGreaterThan(0);
    await vi.waitUntil(() => echo.seen.closed === echo.seen.opened);
  });
});
