import {
  type Client,
  type ClientDuplexStream,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asIs, type EchoServer, startEcho } from '../support/grpc-echo.ts';

let echo: EchoServer;
let client: Client;
beforeEach(async () => {
  echo = await startEcho();
  client = echo.client({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
});
afterEach(() => echo.close());

type Call = ClientDuplexStream<Buffer, Buffer>;

function open(method: string, metadata = new Metadata(), options = {}): Call {
  const call = client.makeBidiStreamRequest(`/echo.Echo/${method}`, asIs, asIs, metadata, options);
  call.on('error', () => undefined);
  return call;
}

async function outcome(call: Call): Promise<{ answers: Buffer[]; code: number; details: string }> {
  const answers: Buffer[] = [];
  call.on('data', (answer: Buffer) => answers.push(answer));
  const { code, details } = await new Promise<StatusObject>((resolve) => call.once('status', resolve));
  return { answers, code, details };
}

function ask(method: string, message: Buffer, metadata = new Metadata()): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method, asIs, asIs, message, metadata, (error: ServiceError | null, answer?: Buffer) =>
      error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
    );
  });
}

describe('a call of many messages', () => {
  it('gives each its answer, in order, of any size', async () => {
    const sizes = [0, 1, 16_379, 16_384, 65_535, 200_000, 1_048_576, 5];
    const messages = sizes.map((size, index) => Buffer.alloc(size, index));
    const call = open('Stream');
    const ended = outcome(call);
    for (const message of messages) call.write(message);
    call.end();
    const { answers, code } = await ended;
    expect(code).toBe(status.OK);
    expect(answers.map((answer, index) => answer.equals(messages[index] ?? Buffer.alloc(0)))).toEqual(
      sizes.map(() => true),
    );
  });

  it('keeps what comes while an answer is awaited, and the end of the stream too', async () => {
    const call = open('Held');
    const ended = outcome(call);
    for (const text of ['a', 'b', 'c']) call.write(Buffer.from(text));
    call.end();
    await vi.waitUntil(() => echo.seen.messages === 1);
    echo.gate.resolve();
    expect((await ended).answers.map(String)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['of its own', 'Größe: 100 %', status.FAILED_PRECONDITION, 'Größe: 100 %'],
    ['INTERNAL for a defect, of which nothing is told', '', status.INTERNAL, 'the call failed'],
  ])('ends with a status %s', async (_, message, code, details) => {
    const call = open('Fail');
    const ended = outcome(call);
    call.write(Buffer.from(message));
    expect(await ended).toMatchObject({ answers: [], code, details });
    await vi.waitUntil(() => echo.seen.closed === 1);
  });

  it('is refused as it begins, and nothing is left of it', async () => {
    expect(await outcome(open('Refuse'))).toMatchObject({ code: status.UNAUTHENTICATED, details: 'nobody is let in' });
  });

  it('is closed once when its peer cancels, also while an answer is awaited', async () => {
    const call = open('Held');
    call.write(Buffer.from('a'));
    await vi.waitUntil(() => echo.seen.messages === 1);
    call.cancel();
    await vi.waitUntil(() => echo.seen.closed === 1);
    echo.gate.resolve();
    expect(await ask('/echo.Echo/Unary', Buffer.from('still there'))).toEqual(Buffer.from('still there'));
    expect(echo.seen.closed).toBe(1);
  });

  it('ends at its deadline', async () => {
    const call = open('Held', new Metadata(), { deadline: Date.now() + 100 });
    call.write(Buffer.from('a'));
    expect(await outcome(call)).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await vi.waitUntil(() => echo.seen.closed === 1);
  });

  it('is refused for a message over the limit', async () => {
    const call = open('Stream');
    const ended = outcome(call);
    call.write(Buffer.alloc(1024 * 1024 + 1));
    expect(await ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it('is refused for compressed messages', async () => {
    client = echo.client({ 'grpc.default_compression_algorithm': 2 });
    const call = open('Stream');
    const ended = outcome(call);
    call.write(Buffer.alloc(4096));
    expect(await ended).toMatchObject({ code: status.UNIMPLEMENTED, details: 'compressed messages are not taken' });
  });
});

describe('a call of one message', () => {
  it('has its answer, and knows its metadata and its peer', async () => {
    const metadata = new Metadata();
    metadata.set('x-text', 'printable');
    metadata.set('x-bytes-bin', Buffer.from([0, 255]));
    const answer = await ask('/echo.Echo/Unary', Buffer.from('who'), metadata);
    expect(JSON.parse(answer.toString())).toEqual({
      authority: `127.0.0.1:${echo.port}`,
      text: 'printable',
      binary: '00ff',
      peer: 'a peer',
    });
  });

  it('is UNIMPLEMENTED where there is no such method', async () => {
    await expect(ask('/echo.Echo/Other', Buffer.alloc(1))).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it('is UNIMPLEMENTED without one', async () => {
    const call = open('Unary');
    const ended = outcome(call);
    call.end();
    expect(await ended).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it('tells its handler when nobody waits for the answer any more', async () => {
    const call = client.makeUnaryRequest('/echo.Echo/Unary', asIs, asIs, Buffer.alloc(0), () => undefined);
    await vi.waitUntil(() => echo.seen.messages === 1);
    call.cancel();
    await vi.waitUntil(() => echo.seen.unanswered === 1);
  });
});

describe('health', () => {
  const SERVING = Buffer.from([8, 1]);
  const NOT_SERVING = Buffer.from([8, 2]);
  const SERVICE_UNKNOWN = Buffer.from([8, 3]);
  const named = (name: string) => Buffer.concat([Buffer.from([10, name.length]), Buffer.from(name)]);

  it.each([
    ['the server', Buffer.alloc(0)],
    ['a service', named('echo.Echo')],
  ])('tells of %s', async (_, request) => {
    expect(await ask('/grpc.health.v1.Health/Check', request)).toEqual(NOT_SERVING);
    echo.health.setServing(true);
    expect(await ask('/grpc.health.v1.Health/Check', request)).toEqual(SERVING);
  });

  it('is NOT_FOUND for what it does not know', async () => {
    await expect(ask('/grpc.health.v1.Health/Check', named('other'))).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('tells a watcher of every change', async () => {
    const watch = (request: Buffer) => {
      const seen: Buffer[] = [];
      const call = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asIs, asIs, request);
      call.on('data', (answer: Buffer) => seen.push(answer)).on('error', () => undefined);
      return { call, seen };
    };
    const [known, unknown] = [watch(named('echo.Echo')), watch(named('other'))];
    await vi.waitUntil(() => known.seen.length === 1 && unknown.seen.length === 1);
    echo.health.setServing(true);
    await vi.waitUntil(() => known.seen.length === 2);
    expect([known.seen, unknown.seen]).toEqual([[NOT_SERVING, SERVING], [SERVICE_UNKNOWN]]);
    known.call.cancel();
    unknown.call.cancel();
  });
});

describe('draining', () => {
  it('lets what is open end, has others go elsewhere, and closes', async () => {
    const call = open('Held');
    const ended = outcome(call);
    call.write(Buffer.from('a'));
    await vi.waitUntil(() => echo.seen.messages === 1);
    const drained = echo.grpc.sessions.drain(5_000);
    echo.gate.resolve();
    call.end();
    expect(await ended).toMatchObject({ answers: [Buffer.from('a')], code: status.OK });
    client.close();
    await drained;
    expect(echo.grpc.sessions.size).toBe(0);
  });

  it('breaks off what is still open behind the grace', async () => {
    const call = open('Held');
    const ended = outcome(call);
    call.write(Buffer.from('a'));
    await vi.waitUntil(() => echo.seen.messages === 1);
    await echo.grpc.sessions.drain(50);
    expect((await ended).code).not.toBe(status.OK);
    await vi.waitUntil(() => echo.seen.closed === 1);
  });
});
