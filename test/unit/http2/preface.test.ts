import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACK, frame, PREFACE, SETTINGS } from '../../support/http2-frames.ts';
import { open, Peer } from '../../support/http2-peer.ts';

const DEADLINE_MS = 10_000;
const PROTOCOL_ERROR = 1;
const settings = frame(SETTINGS, 0, 0);

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('a connection that is late with its preface is ended', () => {
  it.each<[string, Buffer]>([
    ['that says nothing', Buffer.alloc(0)],
    ['that stalls within', PREFACE.subarray(0, -1)],
    ['that sends no SETTINGS behind it', PREFACE],
    ['whose SETTINGS stall', Buffer.concat([PREFACE, settings.subarray(0, -1)])],
  ])('one %s', (_, preface) => {
    const peer = new Peer({ preface });
    vi.advanceTimersByTime(DEADLINE_MS - 1);
    expect([peer.connection.isClosed, peer.refusals]).toEqual([false, []]);
    vi.advanceTimersByTime(1);
    expect([peer.connection.isClosed, peer.refusals]).toEqual([true, ['no preface in time']]);
    expect(peer.goaway).toBe(PROTOCOL_ERROR);
    expect(peer.socket.writableEnded).toBe(true);
    vi.runAllTimers();
    expect(peer.socket.destroyed).toBe(true);
  });

  it('also where it goes on byte by byte', () => {
    const peer = new Peer({ preface: Buffer.alloc(0) });
    for (const byte of PREFACE.subarray(0, 19)) {
      peer.say(Buffer.of(byte));
      vi.advanceTimersByTime(DEADLINE_MS / 20);
    }
    expect(peer.connection.isClosed).toBe(false);
    peer.say(PREFACE.subarray(19, 20));
    vi.advanceTimersByTime(DEADLINE_MS / 20);
    expect(peer.connection.isClosed).toBe(true);
  });
});

it('one that has said it is left alone, and needs no timer', () => {
  const peer = new Peer({ preface: PREFACE });
  vi.advanceTimersByTime(DEADLINE_MS - 1);
  expect(vi.getTimerCount()).toBe(1);
  peer.say(settings);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(DEADLINE_MS);
  peer.say(open(1), frame(SETTINGS, ACK, 0));
  expect([peer.connection.isClosed, peer.seen.length, peer.refusals]).toEqual([false, 1, []]);
});

it('one that says something else is refused at once', () => {
  const peer = new Peer({ preface: Buffer.from('GET / HTTP/1.1\r\n\r\n') });
  expect([peer.goaway, peer.refusals]).toEqual([PROTOCOL_ERROR, ['no connection of HTTP/2']]);
});

it('what is wrong behind the preface is no matter of it', () => {
  const peer = new Peer();
  peer.say(frame(SETTINGS, 0, 0, [1]));
  expect(peer.connection.isClosed).toBe(true);
  expect(peer.refusals).toEqual([]);
});

it('one that is gone leaves no timer', async () => {
  const peer = new Peer({ preface: Buffer.alloc(0) });
  peer.socket.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  expect(vi.getTimerCount()).toBe(0);
});
