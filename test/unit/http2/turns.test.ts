import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { END_HEADERS, END_STREAM, frame, PING, PREFACE, SETTINGS } from '../../support/http2-frames.ts';
import { open, Peer } from '../../support/http2-peer.ts';

const CROWD = Buffer.concat(Array.from({ length: 200 }, (_, nth) => open(1 + 2 * nth, END_HEADERS | END_STREAM)));
const A_FRAME_MS = 1;
const turnMs = 32 * A_FRAME_MS;

beforeEach(() => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += A_FRAME_MS;
    return now;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('what a crowd sends at once is dealt with by and by, in its order', async () => {
  const peer = new Peer({ turnMs });
  peer.say(CROWD);
  const taken = [peer.seen.length];
  while (peer.seen.length < 200) {
    await setImmediate();
    taken.push(peer.seen.length);
  }
  expect(taken).toEqual([32, 64, 96, 128, 160, 192, 200]);
  expect(peer.seen.map(({ stream }) => stream.id)).toEqual(Array.from({ length: 200 }, (_, nth) => 1 + 2 * nth));
});

it('the rest of a crowd comes ahead of what is read after it', async () => {
  const peer = new Peer({ turnMs });
  peer.socket.push(CROWD.subarray(0, -4));
  peer.socket.push(Buffer.concat([CROWD.subarray(-4), frame(PING, 0, 0, Buffer.alloc(8))]));
  while (peer.heardOf(PING).length === 0) await setImmediate();
  expect(peer.seen).toHaveLength(200);
});

it('other connections have their turns in between', async () => {
  const [crowded, other] = [new Peer({ turnMs }), new Peer({ turnMs })];
  crowded.say(CROWD);
  other.say(open(1));
  expect(other.seen).toHaveLength(1);
  expect(crowded.seen.length).toBeLessThan(200);
  await crowded.sayMuch();
  expect(crowded.seen).toHaveLength(200);
});

it('nothing of a crowd is taken up on a connection that has ended meanwhile', async () => {
  const peer = new Peer({ turnMs });
  peer.say(CROWD);
  peer.connection.destroy();
  await setImmediate();
  await setImmediate();
  expect(peer.seen).toHaveLength(32);
  for (const { closes } of peer.seen) expect(closes).toEqual([true]);
});

it('what comes behind the last word is read, and dropped', async () => {
  const peer = new Peer({ turnMs, onStream: ({ stream }) => stream.reset(8) });
  peer.say(CROWD);
  expect(peer.socket.isPaused()).toBe(true);
  peer.connection.finish();
  await setImmediate();
  expect(peer.socket.isPaused()).toBe(false);
  expect(peer.seen).toHaveLength(32);
});

it('a preface and a crowd behind it may come in one chunk', async () => {
  const peer = new Peer({ turnMs, preface: Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), CROWD]) });
  await peer.sayMuch();
  expect(peer.seen).toHaveLength(200);
});
