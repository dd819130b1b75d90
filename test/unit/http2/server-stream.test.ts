import { describe, expect, it } from 'vitest';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  HEADERS,
  PADDED,
  RST_STREAM,
  reset,
  SETTINGS,
  setting,
  WINDOW_UPDATE,
} from '../../support/http2-frames.ts';
import { open, Peer, REQUEST, type SeenStream } from '../../support/http2-peer.ts';

const data = (bytes: number[], flags = 0, id = 1) => frame(DATA, flags, id, bytes);
const increments = (peer: Peer, id: number) =>
  peer.heardOf(WINDOW_UPDATE, id).map(({ payload }) => payload.readUInt32BE(0));
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** What its handler has been given, as one. */
const given = ({ data }: SeenStream) => [...Buffer.concat(data)];

describe('a stream that is paused', () => {
  const paused = () => {
    const peer = new Peer({ onStream: ({ stream }) => stream.pause() });
    peer.say(open(1));
    return { peer, seen: peer.stream(1) };
  };

  it('is given what came meanwhile, and the end behind it', () => {
    const { peer, seen } = paused();
    peer.say(data([1]), data([2]), data([3], END_STREAM));
    expect(seen).toMatchObject({ data: [], ends: 0 });
    seen.stream.resume();
    expect(given(seen)).toEqual([1, 2, 3]);
    expect(seen.ends).toBe(1);
  });

  it('is given its end alone', () => {
    const { peer, seen } = paused();
    peer.say(data([], END_STREAM));
    expect(seen.ends).toBe(0);
    seen.stream.resume();
    expect(seen.ends).toBe(1);
  });

  it('may be paused again by what it is given', () => {
    const large = new Array(5_000).fill(7);
    const peer = new Peer({ onData: ({ stream }) => stream.pause() });
    peer.say(open(1), data([1]), data(large), data(large), data([4], END_STREAM));
    const seen = peer.stream(1);
    for (const [length, ends] of [
      [1, 0],
      [5_001, 0],
      [10_001, 0],
      [10_002, 0],
      [10_002, 1],
    ]) {
      expect([given(seen).length, seen.ends]).toEqual([length, ends]);
      seen.stream.resume();
    }
  });

  it('may be resumed amid what it is given, and ends once', () => {
    const peer = new Peer({
      onStream: ({ stream }) => stream.pause(),
      onData({ stream }) {
        stream.pause();
        stream.resume();
      },
    });
    const large = new Array(5_000).fill(7);
    peer.say(open(1), data(large), data(large), data([4], END_STREAM));
    const seen = peer.stream(1);
    seen.stream.resume();
    expect([given(seen).length, given(seen).at(-1), seen.ends]).toEqual([10_001, 4, 1]);
  });

  it('holds back the window of what is held, not of padding', async () => {
    const { peer, seen } = paused();
    const body = Buffer.alloc(10_000);
    for (let nth = 0; nth < 2; nth++) peer.say(frame(DATA, 0, 1, body));
    const crumb = frame(DATA, PADDED, 1, [255, ...new Array(255).fill(0)]);
    for (let nth = 0; nth < 120; nth++) peer.say(crumb);
    expect(increments(peer, 1)).toEqual([]);
    for (let nth = 0; nth < 20; nth++) peer.say(crumb);
    // Half of 64 KiB is read, as padding.
    expect(increments(peer, 1)).toHaveLength(1);
    seen.stream.resume();
    peer.say(frame(DATA, 0, 1, Buffer.alloc(16_000)));
    expect(given(seen)).toHaveLength(36_000);
  });

  it('may be sent no more than its window', () => {
    const { peer, seen } = paused();
    for (let nth = 0; nth < 6; nth++) peer.say(frame(DATA, 0, 1, Buffer.alloc(10_922)));
    expect(peer.heardOf(RST_STREAM)).toEqual([]);
    peer.say(data([1, 2, 3, 4]));
    expect(peer.heardOf(RST_STREAM, 1)[0]?.payload.readUInt32BE(0)).toBe(3);
    expect(seen).toMatchObject({ data: [], closes: [true] });
    expect(peer.goaway).toBeUndefined();
  });

  it('keeps crumbs together: a Buffer for each would take a hundred times their size', async () => {
    const { peer, seen } = paused();
    const crumbs = Buffer.concat(Array.from({ length: 5_000 }, (_, nth) => data([nth % 256])));
    for (let nth = 0; nth < 12; nth++) await peer.sayMuch(crumbs);
    seen.stream.resume();
    expect(given(seen)).toEqual(Array.from({ length: 60_000 }, (_, nth) => (nth % 5_000) % 256));
    expect(seen.data.length).toBeLessThan(20);
  });

  it('does not hold up others of its connection', () => {
    const peer = new Peer({ streams: 1000, onStream: ({ stream }) => stream.id > 1 && stream.pause() });
    peer.say(open(1));
    // 50 MB, three times the connection's window.
    for (let id = 3; id < 1603; id += 2) {
      peer.say(open(id));
      for (let nth = 0; nth < 4; nth++) peer.say(frame(DATA, 0, id, Buffer.alloc(16_000)));
    }
    peer.say(data([1]));
    expect(given(peer.stream(1))).toEqual([1]);
    expect(peer.goaway).toBeUndefined();
  });
});

describe('a stream’s window', () => {
  it('is widened where its data is read, to 512 KiB', () => {
    const peer = new Peer();
    peer.say(open(1));
    for (let nth = 0; nth < 3; nth++) peer.say(frame(DATA, 0, 1, Buffer.alloc(16_000)));
    expect(increments(peer, 1)).toEqual([48_000 + 512 * 1024 - 65_535]);
    for (let nth = 0; nth < 17; nth++) peer.say(frame(DATA, 0, 1, Buffer.alloc(16_000)));
    expect(increments(peer, 1).slice(1)).toEqual([17 * 16_000]);
  });

  it('is not widened by a peer’s last bytes', () => {
    const peer = new Peer();
    peer.say(open(1));
    for (const flags of [0, 0, END_STREAM]) peer.say(frame(DATA, flags, 1, Buffer.alloc(16_000)));
    expect(increments(peer, 1)).toEqual([]);
  });
});

describe('an announced length', () => {
  const announcing = (digits: string) =>
    Buffer.concat([REQUEST, Buffer.from([0x0f, 0x0d, digits.length]), Buffer.from(digits)]);

  it.each([
    ['3', [1, 2, 3], []],
    ['0', [], []],
    ['3', [1, 2], [1]],
    ['1', [1, 2], [1]],
    ['1, 1', [1], [1]],
    ['-1', [1], [1]],
    ['1e0', [1], [1]],
  ])('of %s holds for a body of %j or not', (digits, body, codes) => {
    const peer = new Peer();
    peer.say(frame(HEADERS, END_HEADERS, 1, announcing(digits)), data(body, END_STREAM));
    expect(peer.heardOf(RST_STREAM, 1).map(({ payload }) => payload.readUInt32BE(0))).toEqual(codes);
    expect(peer.stream(1).ends).toBe(codes.length === 0 ? 1 : 0);
  });
});

it('what is sent to a stream that is over is dropped', async () => {
  const peer = new Peer();
  peer.say(open(1));
  const { stream } = peer.stream(1);
  stream.reset(8);
  stream.sendHeaders(REQUEST);
  stream.sendData(Buffer.alloc(10));
  stream.sendTrailers(REQUEST);
  stream.resume();
  await turn();
  expect(peer.heard.filter(({ streamId, type }) => streamId === 1 && type !== RST_STREAM)).toEqual([]);
});

it.each([
  ['be written over where nothing of it was sent', 0, [undefined]],
  ['not be where a part was: the socket may hold it yet', 10_000, []],
])('what waits when a stream is reset may %s', async (_, window, expected) => {
  const told: unknown[] = [];
  const peer = new Peer({
    onStream: ({ stream }) => stream.sendData(Buffer.alloc(50_000), (error) => told.push(error)),
  });
  peer.say(frame(SETTINGS, 0, 0, setting(4, window)));
  peer.socket.hold();
  peer.say(open(1), reset(1));
  peer.socket.release();
  await turn();
  expect(told).toEqual(expected);
});
