import { describe, expect, it } from 'vitest';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  GOAWAY,
  HEADERS,
  PING,
  RST_STREAM,
  reset,
} from '../../support/http2-frames.ts';
import { ANSWER, open, Peer, REQUEST, type SeenStream } from '../../support/http2-peer.ts';

const END = END_HEADERS | END_STREAM;
const ping = frame(PING, 0, 0, Buffer.alloc(8));

function answer({ stream }: SeenStream): void {
  stream.sendHeaders(ANSWER);
  stream.sendData(Buffer.from('all of it'));
  stream.sendTrailers(ANSWER);
}

/** Its streams as its GOAWAYs have said, the last of them. */
const lastIds = (peer: Peer) => peer.heardOf(GOAWAY).map(({ payload }) => payload.readUInt32BE(0));

/** What is written at the end of a turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a connection that is to end', () => {
  it('serves what was sent ahead of the last word, refuses what comes behind it, and ends with the last stream', async () => {
    const peer = new Peer({ onEnd: answer });
    peer.say(open(1));
    peer.connection.announceEnd();
    peer.say(open(3));
    peer.connection.finish();
    peer.say(open(5), frame(DATA, END_STREAM, 1, [1]));
    await turn();
    expect(lastIds(peer)).toEqual([2 ** 31 - 1, 3]);
    expect(peer.heardOf(RST_STREAM, 5)[0]?.payload.readUInt32BE(0)).toBe(7);
    expect(peer.body(1).toString()).toBe('all of it');
    expect(peer.socket.writableEnded).toBe(false);
    peer.say(frame(DATA, END_STREAM, 3, [1]));
    expect(peer.body(3).toString()).toBe('all of it');
    expect(peer.socket.writableEnded).toBe(true);
    expect(peer.seen.map(({ closes }) => closes)).toEqual([[false], [false]]);
  });

  it('never takes its last word back', async () => {
    const peer = new Peer();
    peer.say(open(1));
    peer.connection.finish();
    peer.connection.announceEnd();
    peer.connection.finish();
    peer.say(open(3), frame(PING, 0, 0, [1]));
    await turn();
    expect(lastIds(peer)).toEqual([1, 1]);
  });

  it('sends its last answer although more comes in the same chunk', async () => {
    const peer = new Peer({ onEnd: answer });
    peer.say(open(1));
    peer.connection.finish();
    peer.socket.hold();
    peer.say(frame(DATA, END_STREAM, 1, [1]), ping, open(3), ping);
    await turn();
    expect(peer.socket.destroyed).toBe(false);
    peer.socket.release();
    await turn();
    expect(peer.body(1).toString()).toBe('all of it');
    expect(peer.heard.at(-1)).toMatchObject({ type: HEADERS, streamId: 1 });
  });

  it('hears nothing more', () => {
    const peer = new Peer();
    peer.connection.finish();
    peer.say(open(1), ping);
    expect(peer.seen).toEqual([]);
    expect(peer.connection.isClosed).toBe(true);
  });

  it('is broken off where its peer does not read the end', async () => {
    const peer = new Peer();
    await turn();
    peer.socket.hold();
    peer.connection.finish();
    await new Promise((resolve) => peer.connection.onceClosed(() => resolve(undefined)));
    expect(peer.socket.destroyed).toBe(true);
  });
});

describe('a stream is closed once', () => {
  it.each<[string, (peer: Peer) => void]>([
    ['by a reset', (peer) => peer.say(reset(1), reset(1))],
    ['by the socket’s end', (peer) => peer.socket.destroy()],
    ['by an error of the socket', (peer) => peer.socket.destroy(new Error('gone'))],
    ['by an error of the connection', (peer) => peer.say(frame(PING, 0, 0, [1]))],
    ['by a reset of its handler', (peer) => peer.stream(1).stream.reset(2)],
  ])('%s', async (_, how) => {
    const peer = new Peer();
    peer.say(open(1));
    how(peer);
    await turn();
    peer.stream(1).stream.reset(2);
    answer(peer.stream(1));
    peer.socket.destroy();
    await turn();
    expect(peer.stream(1).closes).toEqual([true]);
    expect(peer.heardOf(DATA)).toEqual([]);
  });

  it.each<[string, (seen: SeenStream) => void, boolean]>([
    ['reset', ({ stream }) => stream.reset(2), true],
    ['ended', answer, false],
  ])('also where it is %s by its handler amid what comes', async (_, how, wasReset) => {
    const peer = new Peer({ onData: how });
    peer.say(open(1), frame(DATA, 0, 1, [1]), frame(DATA, 0, 1, [2]), frame(DATA, END_STREAM, 1, [3]));
    await turn();
    expect(peer.stream(1)).toMatchObject({ data: [Buffer.from([1])], ends: 0, closes: [wasReset] });
    expect(peer.goaway).toBeUndefined();
  });

  it('where what opens it throws, with the whole connection', async () => {
    const peer = new Peer({
      onStream({ stream }) {
        if (stream.id === 3) throw new TypeError('a defect');
      },
    });
    peer.say(open(1), open(3), open(5));
    await turn();
    expect(peer.goaway).toBe(2);
    expect(peer.seen.map(({ closes }) => closes)).toEqual([[true], [true]]);
  });

  it('where handlers end each other', async () => {
    const peer = new Peer();
    peer.say(open(1), open(3), open(5));
    const others = peer.seen.map(({ stream }) => stream);
    for (const seen of peer.seen)
      seen.closes.push = (...args) => {
        for (const stream of others) stream.reset(8);
        return Array.prototype.push.apply(seen.closes, args);
      };
    peer.socket.destroy();
    await turn();
    expect(peer.seen.map(({ closes }) => closes.length)).toEqual([1, 1, 1]);
  });
});

describe('an answer ahead of the request’s end', () => {
  it('tells the peer that nothing more is read; what is on its way is no fault', () => {
    const peer = new Peer({ onStream: answer });
    peer.say(open(1), frame(DATA, 0, 1, Buffer.alloc(1000)), frame(HEADERS, END, 1, REQUEST));
    expect(peer.heardOf(RST_STREAM, 1).map(({ payload }) => payload.readUInt32BE(0))).toEqual([0]);
    expect(peer.goaway).toBeUndefined();
  });

  it('in the frame that ends the request needs no such word', () => {
    const peer = new Peer({ onData: answer });
    peer.say(open(1), frame(DATA, END_STREAM, 1, [1]));
    expect(peer.heardOf(RST_STREAM)).toEqual([]);
    expect(peer.heard.at(-1)).toMatchObject({ type: HEADERS, flags: END, streamId: 1 });
  });
});
