import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FrameWriter } from '../../../src/http2/frame-writer.ts';
import { type Frame, framesOf } from '../../support/http2-frames.ts';
import { HandSocket } from '../../support/http2-peer.ts';
import { fuzzSeed, prng } from '../../support/prng.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** In short, as what differs is written out. */
const inShort = ({ type, flags, streamId, payload }: Frame) =>
  `${type} ${flags} ${streamId} ${payload.length} ${createHash('sha1').update(payload).digest('hex')}`;
const typesOf = (frames: Frame[]) => frames.map(({ type }) => type);

function writing() {
  const socket = new HandSocket();
  return { socket, writer: new FrameWriter(socket) };
}

describe('what is written in one turn', () => {
  it('goes out at once, in its order', async () => {
    const { socket, writer } = writing();
    writer.headers(1, Buffer.from('h'), false);
    writer.data(1, Buffer.from('d'));
    writer.headers(1, Buffer.from('t'), true);
    writer.reset(3, 8);
    expect(socket.written).toEqual([]);
    await turn();
    expect(socket.written).toHaveLength(1);
    expect(typesOf(framesOf(socket.written[0] as Buffer))).toEqual([1, 0, 1, 3]);
    writer.settingsAck();
    await turn();
    expect(socket.written).toHaveLength(2);
  });

  it('goes out when all is done that belongs together, also where that throws', () => {
    const { socket, writer } = writing();
    const work = () =>
      writer.together(() => {
        writer.pingAck(Buffer.alloc(8));
        writer.goaway(1, 0);
        expect(socket.written).toEqual([]);
        throw new TypeError('a defect');
      });
    expect(work).toThrow('a defect');
    expect(typesOf(framesOf(Buffer.concat(socket.written)))).toEqual([6, 7]);
  });
});

it('lays frames out as RFC 9113 has them', async () => {
  const { socket, writer } = writing();
  writer.settings([[3, 100]]);
  writer.windowUpdate(0x7fffffff, 0x7ffffffe);
  writer.headers(1, Buffer.from([0x88]), true);
  writer.data(3, Buffer.from([1, 2]));
  await turn();
  expect(Buffer.concat(socket.written).toString('hex')).toBe(
    ['000006040000000000', '000300000064', '00000408007fffffff', '7ffffffe', '000001010500000001', '88'].join('') +
      ['000002000000000003', '0102'].join(''),
  );
});

describe('a large payload', () => {
  it('is handed on as it is, with the frames around it in one write', async () => {
    const { socket, writer } = writing();
    const payload = Buffer.alloc(100_000, 7);
    let written = 0;
    writer.data(1, payload.subarray(0, 50_000));
    writer.data(1, payload.subarray(50_000), () => written++);
    writer.headers(1, Buffer.from('t'), true);
    expect(socket.written).toEqual([]);
    await turn();
    expect(framesOf(Buffer.concat(socket.written)).map((each) => each.payload.length)).toEqual([50_000, 50_000, 1]);
    expect(written).toBe(1);
  });

  it('tells when it may be written over: not before the socket has taken it', async () => {
    const { socket, writer } = writing();
    const told: (Error | null | undefined)[] = [];
    socket.hold();
    for (const length of [100, 20_000]) writer.data(1, Buffer.alloc(length), (error) => told.push(error));
    await turn();
    expect(told).toEqual([]);
    socket.release();
    await turn();
    expect(told).toEqual([null, null]);
  });

  it.each([100, 20_000])('of %i bytes tells an error where the socket ends ahead of it', async (length) => {
    const { socket, writer } = writing();
    socket.on('error', () => undefined);
    const told: unknown[] = [];
    socket.hold();
    writer.settingsAck();
    await turn();
    writer.data(1, Buffer.alloc(length), (error) => told.push(error));
    await turn();
    socket.destroy();
    socket.release();
    await turn();
    expect(told).toEqual([expect.any(Error)]);
  });
});

/** Frames of random sizes, at random times, and all of them as they are to arrive. */
async function scribble(writer: FrameWriter, seed: number, pause: () => Promise<unknown>): Promise<Frame[]> {
  const random = prng(seed);
  const expected: Frame[] = [];
  for (let nth = 0; nth < 600; nth++) {
    const payload = Buffer.alloc(random.pick([0, 5, 300, 5_000, 8_192, 8_193, 16_384]), nth % 251);
    const streamId = 1 + 2 * random.int(1000);
    if (random.chance(0.3)) {
      writer.headers(streamId, payload, true);
      expected.push({ type: 1, flags: 5, streamId, payload: Buffer.from(payload) });
      payload.fill(0xee);
    } else {
      expected.push({ type: 0, flags: 0, streamId, payload: Buffer.from(payload) });
      writer.data(streamId, payload, (error) => error || payload.fill(0xee));
    }
    if (random.chance(0.3)) await pause();
  }
  await turn();
  return expected;
}

describe('memory is written over only when the socket has what was in it', () => {
  it('where it takes a write now and then', async () => {
    const seed = fuzzSeed();
    const random = prng(seed + 1);
    const { socket, writer } = writing();
    const expected = await scribble(writer, seed, async () => {
      socket.release();
      if (random.chance(0.7)) socket.hold();
      await turn();
    });
    socket.release();
    await turn();
    expect(framesOf(Buffer.concat(socket.written)).map(inShort), `seed ${seed}`).toEqual(expected.map(inShort));
  });

  it('where the kernel takes a part of it', { timeout: 60_000 }, async () => {
    const seed = fuzzSeed();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const chunks: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => chunks.push(chunk));
    const random = prng(seed + 1);
    const expected = await scribble(new FrameWriter(socket), seed, () => {
      if (random.chance(0.1)) peer.resume();
      else peer.pause();
      return turn();
    });
    peer.resume();
    socket.end();
    await once(peer, 'end');
    server.close();
    expect(framesOf(Buffer.concat(chunks)).map(inShort), `seed ${seed}`).toEqual(expected.map(inShort));
  });
});
