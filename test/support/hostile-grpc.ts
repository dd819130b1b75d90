import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { processMethod } from './ext-proc-client.ts';
import { requestBody, requestHeaders, requestTrailers, responseHeaders } from './ext-proc-messages.ts';
import { CONTINUATION, frame, HEADERS, PREFACE, SETTINGS } from './http2-frames.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import type { Prng } from './prng.ts';

const PATH = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
const MIB = 1024 * 1024;

/** A connection of the worst kind. */
export function hostileSession(address: string, settings: object = {}): ClientHttp2Session {
  const session = connectHttp2(`http://${address}`, { settings, maxSessionMemory: 1000 });
  session.on('error', () => undefined);
  return session;
}

export function openStream(session: ClientHttp2Session, headers: Record<string, string> = {}): ClientHttp2Stream {
  const stream = session.request({
    ...{ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' },
    ...headers,
  });
  stream.on('error', () => undefined);
  return stream;
}

const serialize = processMethod().requestSerialize;
const VALID: readonly Buffer[] = [
  requestHeaders({ endOfStream: false }),
  requestHeaders({ mode: 'FULL_DUPLEX_STREAMED', endOfStream: false, attributes: { 'xds.route_name': 'x' } }),
  requestBody('body', false),
  requestBody('body', true),
  requestTrailers,
  responseHeaders(),
  {},
].map(serialize);

/** What a stream sends: random bytes, messages cut off or changed, in any order, under right and wrong prefixes. */
export function hostileMessages(random: Prng): Buffer {
  const count = 1 + random.int(4);
  return Buffer.concat(Array.from({ length: count }, () => hostileMessage(random)));
}

function hostileMessage(random: Prng): Buffer {
  const valid = Buffer.from(random.pick(VALID));
  switch (random.int(6)) {
    case 0:
      return lengthPrefixed(Buffer.from(Array.from({ length: random.int(200) }, () => random.int(256))));
    case 1:
      return lengthPrefixed(valid.subarray(0, random.int(valid.length + 1)));
    case 2: {
      for (let i = 0; i < 3 && valid.length > 0; i++) valid[random.int(valid.length)] = random.int(256);
      return lengthPrefixed(valid);
    }
    case 3:
      return lengthPrefixed(valid, random.int(2 ** 32), random.int(256));
    default:
      return lengthPrefixed(valid);
  }
}

export interface StreamEnd {
  /** The gRPC status, or nothing where the stream was reset. */
  status: string | undefined;
  answers: number;
}

/** Sends bytes on a stream of their own and waits for its end. */
export function play(session: ClientHttp2Session, bytes: Buffer, withinMs: number): Promise<StreamEnd> {
  const stream = openStream(session);
  const end: StreamEnd = { status: undefined, answers: 0 };
  const statusOf = (headers: Record<string, unknown>) => {
    if (headers['grpc-status'] !== undefined) end.status = String(headers['grpc-status']);
  };
  stream.on('response', statusOf);
  stream.on('trailers', statusOf);
  stream.on('data', () => {
    end.answers += 1;
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no end of a stream that sent ${bytes.toString('hex')}`)), withinMs);
    stream.once('close', () => {
      clearTimeout(late);
      resolve(end);
    });
    stream.end(bytes);
  });
}

/** Header blocks that never end: HEADERS without END_HEADERS, and CONTINUATION behind CONTINUATION. */
export function endlessMetadata(port: number, bytes: number): Promise<number> {
  // A literal header `x` whose value never ends: RFC 7541 §6.2.2.
  const block = Buffer.concat([Buffer.from([0x00, 0x01, 0x78]), hpackLength(bytes), Buffer.alloc(16_000, 'x')]);
  const filler = frame(CONTINUATION, 0, 1, Buffer.alloc(16_000, 'x'));
  return new Promise((resolve) => {
    let sent = 0;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), frame(HEADERS, 0, 1, block)]));
      const more = () => {
        while (!socket.destroyed && sent < bytes) {
          sent += filler.length;
          if (!socket.write(filler)) return void socket.once('drain', more);
        }
        socket.destroy();
      };
      more();
    });
    socket.resume();
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(sent));
  });
}

/** An integer of a 7-bit prefix: RFC 7541 §5.1. */
function hpackLength(length: number): Buffer {
  const bytes = [0x7f];
  let rest = length - 0x7f;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** Has much to say and hears nothing: bodies that are to be given back, on a stream whose window stays shut. */
export async function slowReader(session: ClientHttp2Session, config: string, megabytes: number): Promise<void> {
  const stream = openStream(session, { 'x-aws-request-signing': config });
  stream.pause();
  const send = (bytes: Buffer) =>
    stream.write(bytes) || stream.destroyed
      ? Promise.resolve(true)
      : Promise.race([
          new Promise<boolean>((resolve) => stream.once('drain', () => resolve(true))),
          new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, false)),
        ]);
  await send(lengthPrefixed(serialize(requestHeaders({ mode: 'FULL_DUPLEX_STREAMED', endOfStream: false }))));
  const part = lengthPrefixed(serialize(requestBody(Buffer.alloc(MIB), false)));
  // Until the signer takes no more.
  for (let sent = 0; sent < megabytes && !stream.destroyed; sent++) if (!(await send(part))) return;
}

/** Begins messages on many streams that never end. */
export function unendingMessages(session: ClientHttp2Session, streams: number, bytesEach: number): Promise<unknown> {
  const part = Buffer.alloc(MIB);
  const one = async () => {
    const stream = openStream(session);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.write(lengthPrefixed(Buffer.alloc(0), bytesEach + 1));
    for (let sent = 0; sent < bytesEach && !stream.destroyed; sent += MIB) {
      if (!stream.write(part)) await Promise.race([closed, new Promise((resolve) => stream.once('drain', resolve))]);
    }
  };
  return Promise.all(Array.from({ length: streams }, one));
}
