import { describe, expect, it } from 'vitest';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  HEADERS,
  PING,
  PRIORITY,
  RST_STREAM,
  reset,
  SETTINGS,
  setting,
  uint32,
  widen,
} from '../../support/http2-frames.ts';
import { open, Peer, REQUEST } from '../../support/http2-peer.ts';

const CALM = 11;
const LENGTH_OF_9 = Buffer.concat([REQUEST, Buffer.from([0x0f, 0x0d, 0x01, 0x39])]);

/** Ways to have a stream that was opened broken off, by whom is said: CVE-2023-44487, CVE-2025-8671. */
const RESETS: [string, (id: number) => Buffer[]][] = [
  ['by the peer', (id) => [open(id), reset(id)]],
  ['by a window that is widened by nothing', (id) => [open(id), widen(id, 0)]],
  ['by a window that is too large', (id) => [open(id), widen(id, 2 ** 31 - 1)]],
  ['by PRIORITY of another length', (id) => [open(id), frame(PRIORITY, 0, id, [0])]],
  ['by data behind the end', (id) => [open(id, END_HEADERS | END_STREAM), frame(DATA, 0, id, [0])]],
  ['by trailers that are not the end', (id) => [open(id), open(id)]],
  ['by headers that are malformed', (id) => [frame(HEADERS, END_HEADERS, id, REQUEST.subarray(1))]],
  ['by a body of another length', (id) => [frame(HEADERS, END_HEADERS | END_STREAM, id, LENGTH_OF_9)]],
  ['by being one too many', (id) => (id === 1 ? [open(id), open(id + 2)] : [open(id)])],
];

describe('resets', () => {
  it.each(RESETS)('%s over the limit end the connection', (how, messages) => {
    const peer = new Peer({ resetsPerSecond: 20, streams: how.endsWith('many') ? 1 : 100 });
    for (let nth = 0; nth < 20; nth++) {
      peer.say(...messages(1 + 4 * nth));
      expect(peer.goaway).toBeUndefined();
    }
    peer.say(...messages(1001));
    expect(peer.goaway).toBe(CALM);
    for (const { closes } of peer.seen) expect(closes).toEqual([true]);
  });

  it('are allowed again with time', async () => {
    const peer = new Peer({ resetsPerSecond: 100 });
    for (let id = 1; id < 200; id += 2) peer.say(open(id), reset(id));
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.say(open(201), reset(201));
    expect(peer.goaway).toBeUndefined();
  });

  it('that the server chose are not counted', () => {
    const peer = new Peer({ resetsPerSecond: 5, onStream: ({ stream }) => stream.reset(2) });
    for (let id = 1; id < 200; id += 2) peer.say(open(id));
    expect(peer.goaway).toBeUndefined();
  });
});

describe('floods', () => {
  it('header blocks without end end the connection, by frames as by bytes: CVE-2024-27316', () => {
    for (const [length, frames] of [
      [0, 65],
      [16_000, 5],
    ] as const) {
      const peer = new Peer();
      peer.say(frame(HEADERS, 0, 1, REQUEST));
      for (let nth = 0; nth < frames; nth++) peer.say(frame(CONTINUATION, 0, 1, Buffer.alloc(length)));
      expect(peer.goaway).toBe(CALM);
      expect(peer.seen).toEqual([]);
    }
  });

  it('a header block that is too large ends its stream alone, where it ends', () => {
    const peer = new Peer({ headerListBytes: 16 * 1024 });
    const value = Buffer.alloc(40_000, 'x');
    // x: a value of 40,000 bytes.
    const field = Buffer.concat([Buffer.from([0, 1, 0x78, 0x7f, 0xc1, 0xb7, 0x02]), value]);
    peer.say(open(1), frame(HEADERS, 0, 3, REQUEST));
    for (let at = 0; at < field.length; at += 16_384) {
      const flags = at + 16_384 < field.length ? 0 : END_HEADERS;
      peer.say(frame(CONTINUATION, flags, 3, field.subarray(at, at + 16_384)));
    }
    expect(peer.goaway).toBeUndefined();
    expect(peer.heardOf(RST_STREAM).map(({ streamId, payload }) => [streamId, payload.readUInt32BE(0)])).toEqual([
      [3, CALM],
    ]);
    expect(peer.seen.map(({ closes }) => closes)).toEqual([[]]);
  });

  it('SETTINGS, of which each has all streams looked at, end the connection', () => {
    const peer = new Peer();
    for (let nth = 0; nth < 200; nth++) peer.say(frame(SETTINGS, 0, 0, setting(4, nth)));
    expect(peer.goaway).toBe(CALM);
  });

  it('acknowledgements that nobody reads end the connection', async () => {
    const peer = new Peer();
    peer.socket.hold();
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, 0, 0, Buffer.alloc(8))));
    for (let nth = 0; nth < 300 && !peer.socket.destroyed; nth++) await peer.sayMuch(pings);
    expect(peer.socket.destroyed).toBe(true);
    expect(peer.socket.writableLength).toBeLessThan(5 * 1024 * 1024);
  });

  it('answers that nobody reads wait at their streams', () => {
    const peer = new Peer({
      onStream({ stream }) {
        stream.sendHeaders(REQUEST);
        stream.sendData(Buffer.alloc(6 * 1024 * 1024));
      },
    });
    peer.say(frame(SETTINGS, 0, 0, Buffer.concat([setting(4, 2 ** 31 - 1), setting(5, 2 ** 24 - 1)])));
    peer.say(widen(0, 2 ** 31 - 1 - 65_535));
    peer.socket.hold();
    for (let id = 1; id < 100; id += 2) peer.say(open(id));
    expect(peer.socket.destroyed).toBe(false);
    expect(peer.socket.writableLength).toBeLessThan(600 * 1024);
  });

  it('a window that is opened by crumbs costs a frame each, whatever waits besides', async () => {
    const peer = new Peer({ streams: 4096, onStream: ({ stream }) => stream.sendData(Buffer.alloc(1000)) });
    peer.say(frame(SETTINGS, 0, 0, setting(4, 0)));
    for (let id = 1; id < 8192; id += 2) peer.say(open(id));
    // A look at each stream for each of them would take minutes.
    const crumbs = (id: number) => Buffer.concat(Array.from({ length: 100_000 }, () => widen(id, 1)));
    await peer.sayMuch(crumbs(0));
    await peer.sayMuch(crumbs(1));
    expect(peer.body(1)).toHaveLength(1000);
  });

  it('a reset is refused on a stream that has not begun', () => {
    const peer = new Peer();
    peer.say(frame(3, 0, 5, uint32(8)));
    expect(peer.goaway).toBe(1);
  });
});
