import { describe, expect, it } from 'vitest';
import { ReceiveWindow } from '../../../src/http2/receive-window.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { DATA, frame, HEADERS, reset, SETTINGS, setting, widen } from '../../support/http2-frames.ts';
import { ANSWER, open, Peer, type PeerOptions } from '../../support/http2-peer.ts';

const INITIAL_WINDOW = 4;
const window = (bytes: number) => frame(SETTINGS, 0, 0, setting(INITIAL_WINDOW, bytes));
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the window of what comes', () => {
  it('allows what it holds, and not a byte more', () => {
    const receives = new ReceiveWindow(100);
    expect([receives.take(100), receives.take(1)]).toEqual([true, false]);
  });

  it('is widened by what was read, once half of it is', () => {
    const receives = new ReceiveWindow(100);
    expect(receives.take(100)).toBe(true);
    expect([49, 1, 49, 1].map((bytes) => receives.give(bytes))).toEqual([0, 50, 0, 50]);
    expect([receives.take(100), receives.take(1)]).toEqual([true, false]);
  });

  it('grows, and does not shrink', () => {
    const receives = new ReceiveWindow(100);
    receives.take(60);
    expect(receives.give(60, 1000)).toBe(960);
    receives.take(1000);
    expect([receives.give(499, 10), receives.give(501, 10)]).toEqual([0, 1000]);
    expect([receives.take(1000), receives.take(1)]).toEqual([true, false]);
  });
});

/** A peer whose every stream is answered with so many bytes. */
function answered(bytes: number, options: PeerOptions = {}): Peer {
  return new Peer({
    ...options,
    onStream({ stream }) {
      stream.sendHeaders(ANSWER);
      stream.sendData(Buffer.alloc(bytes, stream.id));
      stream.sendTrailers(ANSWER);
    },
  });
}
const lengths = (peer: Peer, ...ids: number[]) => ids.map((id) => peer.body(id).length);

describe('the windows of what is sent', () => {
  it('hold it back, its end included, until they are wider', () => {
    const peer = answered(1000);
    peer.say(window(400), open(1));
    expect(lengths(peer, 1)).toEqual([400]);
    expect(peer.heardOf(HEADERS, 1)).toHaveLength(1);
    peer.say(widen(1, 599));
    expect(lengths(peer, 1)).toEqual([999]);
    peer.say(widen(1, 1));
    expect(peer.heard.at(-1)).toMatchObject({ type: 3, streamId: 1 });
    expect(peer.heardOf(HEADERS, 1)).toHaveLength(2);
    expect(peer.stream(1)).toMatchObject({ closes: [false], drains: 0 });
  });

  it('may be shrunk below zero, and nothing is sent until they are above', () => {
    const peer = answered(1000);
    peer.say(window(400), open(1), window(100), widen(1, 300));
    expect(lengths(peer, 1)).toEqual([400]);
    peer.say(widen(1, 1));
    expect(lengths(peer, 1)).toEqual([401]);
    peer.say(window(0), window(101));
    expect(lengths(peer, 1)).toEqual([402]);
  });

  it('are each stream’s own: one that is shut holds up no other', () => {
    const peer = answered(1000);
    peer.say(window(0), open(1), open(3), open(5), widen(3, 1000));
    expect(lengths(peer, 1, 3, 5)).toEqual([0, 1000, 0]);
    peer.say(widen(5, 10), widen(1, 20));
    expect(lengths(peer, 1, 3, 5)).toEqual([20, 1000, 10]);
  });

  it('of the connection are had by one stream after the other', () => {
    const peer = answered(100_000);
    peer.say(window(1_000_000), open(1), open(3), open(5));
    expect(lengths(peer, 1, 3, 5)).toEqual([65_535, 0, 0]);
    const order: number[] = [];
    for (let nth = 0; nth < 12; nth++) {
      const before = lengths(peer, 1, 3, 5);
      peer.say(widen(0, 1000));
      const grown = lengths(peer, 1, 3, 5).findIndex((length, index) => length > (before[index] ?? 0));
      order.push(grown);
    }
    expect(order).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  it('are left to others by a stream that is reset', () => {
    const peer = answered(100_000);
    peer.say(window(1_000_000), open(1), open(3), open(5), reset(3), widen(0, 34_466));
    expect(lengths(peer, 1, 3, 5)).toEqual([100_000, 0, 1]);
    peer.say(widen(0, 1_000_000));
    expect(lengths(peer, 1, 3, 5)).toEqual([100_000, 0, 100_000]);
    expect(peer.seen.map(({ closes }) => closes)).toEqual([[false], [true], [false]]);
  });

  it('keep nothing of streams that are reset while they wait', async () => {
    const peer = answered(100_000);
    peer.say(window(1_000_000), open(1));
    const refs: WeakRef<object>[] = [];
    for (let id = 3; id < 2003; id += 2) {
      peer.say(open(id), reset(id));
      refs.push(new WeakRef(peer.stream(id).stream));
      peer.seen.pop();
    }
    await turn();
    collectGarbage();
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
  });

  it('lose none who begins to wait while others go on', () => {
    const peer: Peer = new Peer({
      onStream({ stream }) {
        stream.sendHeaders(ANSWER);
        stream.sendData(Buffer.alloc(stream.id === 1 ? 65_540 : 10));
      },
      onDrain({ stream }) {
        // The first one's end has others send, as where they waited for what it held.
        if (stream.id === 1) for (const id of [3, 5]) peer.stream(id).stream.sendData(Buffer.alloc(100));
      },
    });
    peer.say(window(1_000_000), open(1), open(3), open(5), widen(0, 5), widen(0, 1000));
    expect(lengths(peer, 1, 3, 5)).toEqual([65_540, 110, 110]);
    expect(peer.seen.map(({ drains }) => drains)).toEqual([1, 1, 1]);
  });

  it('send frames no larger than the peer takes', () => {
    const peer = answered(60_000);
    peer.say(open(1), frame(SETTINGS, 0, 0, setting(5, 20_000)), widen(0, 60_000), open(3));
    const sizes = (id: number) => peer.heardOf(DATA, id).map(({ payload }) => payload.length);
    expect(sizes(1)).toEqual([16_384, 16_384, 16_384, 10_848]);
    expect(sizes(3)).toEqual([20_000, 20_000, 20_000]);
  });

  it('go on where the socket does', async () => {
    const peer = answered(400_000);
    peer.say(window(2 ** 31 - 1), widen(0, 2 ** 30));
    peer.socket.hold();
    peer.say(open(1), open(3));
    await turn();
    expect(peer.socket.writableLength).toBeLessThan(300_000);
    peer.socket.release();
    for (let nth = 0; nth < 5; nth++) await turn();
    expect(lengths(peer, 1, 3)).toEqual([400_000, 400_000]);
  });

  it.each<[string, Buffer[], number]>([
    ['of the connection by nothing', [widen(0, 0)], 1],
    ['of the connection by too much', [widen(0, 2 ** 31 - 1)], 3],
    ['of a stream by SETTINGS, by too much', [open(1), widen(1, 2 ** 30), window(2 ** 31 - 1)], 3],
    ['of all by SETTINGS, by too much', [window(2 ** 31)], 3],
    ['of a stream that has not begun', [widen(1, 1)], 1],
    ['of a stream of the server’s', [open(1), widen(2, 1)], 1],
  ])('are not widened %s', (_, messages, code) => {
    const peer = new Peer();
    peer.say(...messages);
    expect(peer.goaway).toBe(code);
  });

  it('of streams that are over are no matter', () => {
    const peer = new Peer();
    peer.say(open(1), reset(1), widen(1, 2 ** 31 - 1), widen(1, 0));
    expect(peer.goaway).toBeUndefined();
  });
});
