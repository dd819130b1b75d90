import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startHttp2Echo } from '../support/http2-echo.ts';
import {
  DATA,
  END_STREAM,
  type Frame,
  frame,
  framesOf,
  PING,
  PREFACE,
  PRIORITY,
  reset,
  SETTINGS,
  setting,
  widen,
} from '../support/http2-frames.ts';
import { ANSWER, open, Peer, type SeenStream } from '../support/http2-peer.ts';
import { fuzzSeed, type Prng, prng } from '../support/prng.ts';

const CASES = 1_500;
const STREAMS = 20;
/** Of one case, with what a socket that takes nothing may be given: 4 MiB, and the last chunk's. */
const MOST_WAITING_BYTES = 5 * 1024 * 1024;

/** The frames of a client of Node's, as they went over the wire. */
async function recording(random: Prng): Promise<Frame[]> {
  const server = await startHttp2Echo();
  const chunks: Buffer[] = [];
  const proxy = createServer((socket) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    const onward = connect(server.port, '127.0.0.1').on('error', () => undefined);
    socket.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const streams = Array.from({ length: 8 }, (_, nth) => {
    const length = random.pick([1, 100, 10_000]);
    const headers = {
      ':method': 'POST',
      ':path': `/${nth}`,
      'x-text': 'x'.repeat(length),
      'content-type': 'text/plain',
    };
    const stream = session.request(headers).on('error', () => undefined);
    stream.resume().end(Buffer.alloc(length));
    return new Promise((resolve) => stream.once('close', resolve));
  });
  await Promise.all(streams);
  await new Promise((resolve) => session.ping(resolve));
  session.destroy();
  proxy.close();
  await server.close();
  return framesOf(Buffer.concat(chunks).subarray(PREFACE.length));
}

/** Frames that are valid where they are, of most types. */
function scripted(random: Prng): Buffer[] {
  const said: Buffer[] = [frame(SETTINGS, 0, 0, setting(4, random.pick([0, 1, 100, 65_535, 2 ** 31 - 1])))];
  for (let id = 1; id < 30; id += 2) {
    said.push(open(id));
    for (let nth = random.int(4); nth > 0; nth--) said.push(frame(DATA, 0, id, Buffer.alloc(random.int(2_000))));
    said.push(
      random.pick([
        frame(DATA, END_STREAM, id),
        reset(id),
        widen(id, 1 + random.int(1_000)),
        widen(0, 1 + random.int(100_000)),
        open(id, 5),
        frame(PING, 0, 0, Buffer.alloc(8)),
        frame(PRIORITY, 0, id, [0, 0, 0, 0, 1]),
      ]),
    );
  }
  return said;
}

/** Changed here and there, most of it left valid, so that much of it is reached. */
function mutated(random: Prng, frames: readonly Buffer[]): Buffer {
  const said: Buffer[] = frames.map((bytes) => Buffer.from(bytes));
  for (let changes = random.int(5); changes > 0; changes--) {
    const at = random.int(said.length);
    const bytes = said[at] as Buffer;
    const other = random.int(said.length);
    switch (random.int(7)) {
      case 0:
        bytes[random.int(bytes.length)] = random.int(256);
        break;
      case 1:
        // Its header, but for its length: the frames behind it stay frames.
        bytes[3 + random.int(6)] = random.int(256);
        break;
      case 2:
        bytes[3 + random.int(2)] = random.int(16);
        break;
      case 3:
        [said[at], said[other]] = [said[other] as Buffer, bytes];
        break;
      case 4:
        said.splice(at, 0, Buffer.from(said[other] as Buffer));
        break;
      case 5:
        if (said.length > 1) said.splice(at, 1);
        break;
      default:
        said[at] = bytes.subarray(0, random.int(bytes.length));
    }
  }
  return Buffer.concat(said);
}

/** Handlers of all kinds; what they are told when their stream is over is noted. */
function hostileHandlers(random: Prng, faults: string[]) {
  const act = (seen: SeenStream) => {
    const { stream } = seen;
    if (seen.closes.length > 0) faults.push(`told of something behind its end: stream ${stream.id}`);
    switch (random.int(12)) {
      case 0:
        return stream.reset(8);
      case 1:
        return stream.pause();
      case 2:
        return stream.resume();
      case 3:
        return stream.sendTrailers(ANSWER);
      case 4:
      case 5:
        stream.sendHeaders(ANSWER);
        return stream.sendData(Buffer.alloc(random.pick([1, 5_000, 200_000])));
    }
  };
  return { onStream: act, onData: act, onEnd: act, onDrain: act };
}

it(`${CASES} recordings that are changed break nothing but their own connection`, { timeout: 120_000 }, async () => {
  const seed = fuzzSeed();
  const random = prng(seed);
  const recorded = (await recording(random)).map(({ type, flags, streamId, payload }) =>
    frame(type, flags, streamId, payload),
  );
  const other = new Peer({ onEnd: ({ stream }) => stream.sendTrailers(ANSWER) });
  const faults: string[] = [];
  let opened = 0;
  let survived = 0;
  for (let nth = 0; nth < CASES; nth++) {
    const peer = new Peer({ streams: STREAMS, ...hostileHandlers(random, faults) });
    if (random.chance(0.2)) peer.socket.hold();
    const bytes = mutated(random, random.chance(0.5) ? recorded : scripted(random));
    const largest = random.pick([40, 1_000, 70_000]);
    for (let at = 0; at < bytes.length && !peer.socket.destroyed; ) {
      const end = at + 1 + random.int(largest);
      peer.say(bytes.subarray(at, end));
      at = end;
      for (const { stream } of peer.seen) if (random.chance(0.01)) stream.resume();
    }
    expect(peer.socket.writableLength, `seed ${seed}, case ${nth}`).toBeLessThan(MOST_WAITING_BYTES);
    const open = peer.seen.filter(({ closes }) => closes.length === 0);
    expect(open.length, `seed ${seed}, case ${nth}`).toBeLessThanOrEqual(STREAMS);
    if (peer.goaway === undefined) survived += 1;
    peer.socket.destroy();
    // The socket closes in a tick; now and then what else is due has its turn.
    await new Promise<void>((resolve) => (nth % 50 === 0 ? setImmediate(resolve) : process.nextTick(resolve)));
    expect(peer.seen.filter(({ closes }) => closes.length !== 1).length, `seed ${seed}, case ${nth}`).toBe(0);
    opened += peer.seen.length;
  }
  expect(faults, `seed ${seed}`).toEqual([]);
  // The fuzz would be of no use if all broke off at once, or nothing did.
  expect(opened).toBeGreaterThan(CASES * 3);
  expect(survived).toBeGreaterThan(CASES / 10);
  expect(survived).toBeLessThan(CASES * 0.9);
  other.say(open(1, 5));
  expect(other.stream(1).closes).toEqual([false]);
});
