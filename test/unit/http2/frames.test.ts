import { describe, expect, it } from 'vitest';
import { withoutPadding } from '../../../src/http2/padding.ts';
import { Preface } from '../../../src/http2/preface.ts';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  GOAWAY,
  HEADERS,
  PADDED,
  PING,
  PREFACE,
  PRIORITY,
  SETTINGS,
  setting,
} from '../../support/http2-frames.ts';
import { open, Peer, REQUEST } from '../../support/http2-peer.ts';

const PRIORITY_FLAG = 0x20;

describe('the preface', () => {
  it('is taken off however it is cut', () => {
    const bytes = Buffer.concat([PREFACE, Buffer.from('more')]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const preface = new Preface();
      const rest = [bytes.subarray(0, cut), bytes.subarray(cut)].map((part) => preface.strip(part).toString());
      expect(rest.join('')).toBe('more');
    }
    const preface = new Preface();
    const rest = [...bytes].map((byte) => preface.strip(Buffer.from([byte])).toString());
    expect(rest.join('')).toBe('more');
  });

  it.each(['GET / HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r!', '\x16\x03\x01'])('is not %j', (text) => {
    const preface = new Preface();
    const strip = () => {
      for (const character of text) preface.strip(Buffer.from(character, 'latin1'));
    };
    expect(strip).toThrow(expect.objectContaining({ code: 1 }));
  });
});

describe('padding', () => {
  it.each([
    [0, [3, 1, 2], [3, 1, 2]],
    [PADDED, [0, 1, 2], [1, 2]],
    [PADDED, [2, 1, 0, 0], [1]],
    [PADDED, [2, 0, 0], []],
    [PADDED, [0], []],
  ])('of flags %i and payload %j is taken off', (flags, payload, rest) => {
    expect([...withoutPadding(flags, Buffer.from(payload))]).toEqual(rest);
  });

  it.each([
    [[], 6],
    [[1], 1],
    [[3, 0, 0], 1],
  ])('that is more than the payload %j is refused', (payload, code) => {
    expect(() => withoutPadding(PADDED, Buffer.from(payload))).toThrow(expect.objectContaining({ code }));
  });
});

describe('a header block', () => {
  const cut = (at: number) => [
    frame(HEADERS, END_STREAM, 1, REQUEST.subarray(0, at)),
    frame(CONTINUATION, 0, 1, REQUEST.subarray(at, at + 1)),
    frame(CONTINUATION, END_HEADERS, 1, REQUEST.subarray(at + 1)),
  ];

  it.each([0, 1, 2])('is put together of parts, cut at %i', (at) => {
    const peer = new Peer();
    peer.say(...cut(at));
    expect(peer.stream(1).headers.get(':path')).toBe('/');
    expect(peer.stream(1).ends).toBe(1);
    peer.say(open(3));
    expect(peer.stream(3).ends).toBe(0);
  });

  it('may be padded and of a priority', () => {
    const peer = new Peer();
    const payload = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 16]), REQUEST, Buffer.alloc(3)]);
    peer.say(frame(HEADERS, END_HEADERS | PADDED | PRIORITY_FLAG, 1, payload));
    expect(peer.stream(1).headers.get(':method')).toBe('POST');
  });

  it.each<[string, Buffer]>([
    ['another stream’s', frame(CONTINUATION, END_HEADERS, 3, REQUEST)],
    ['PING', frame(PING, 0, 0, Buffer.alloc(8))],
    ['another block', open(1)],
    ['a frame of no known type', frame(77, 0, 1)],
  ])('is not broken into by %s', (_, within) => {
    const peer = new Peer();
    peer.say(cut(1)[0] as Buffer, within);
    expect(peer.goaway).toBe(1);
    expect(peer.seen).toEqual([]);
  });

  it.each([
    ['of 64 parts is taken', 63, undefined],
    ['of more is not', 65, 11],
  ])('%s', (_, parts, code) => {
    const peer = new Peer();
    peer.say(frame(HEADERS, 0, 1, REQUEST));
    for (let nth = 1; nth < parts; nth++) peer.say(frame(CONTINUATION, nth === parts - 1 ? END_HEADERS : 0, 1));
    expect(peer.goaway).toBe(code);
  });
});

describe('frames that are not allowed', () => {
  it.each<[string, Buffer[], number]>([
    ['PING of another length', [frame(PING, 0, 0, [1])], 6],
    ['PING on a stream', [frame(PING, 0, 1, Buffer.alloc(8))], 1],
    ['SETTINGS of another length', [frame(SETTINGS, 0, 0, [1])], 6],
    ['an acknowledgement with a payload', [frame(SETTINGS, 1, 0, setting(3, 1))], 6],
    ['frames that are larger than ever allowed', [frame(SETTINGS, 0, 0, setting(5, 2 ** 24))], 1],
    ['a push that is enabled twice', [frame(SETTINGS, 0, 0, setting(2, 2))], 1],
    ['GOAWAY of another length', [frame(GOAWAY, 0, 0, [1])], 6],
    ['a stream of an even number', [open(2)], 1],
    ['a stream that waits for itself', [frame(PRIORITY, 0, 1, [0, 0, 0, 1, 0])], 1],
    ['CONTINUATION of nothing', [frame(CONTINUATION, END_HEADERS, 1, REQUEST)], 1],
    ['data of a stream that has not begun', [frame(DATA, 0, 1)], 1],
    ['data of no stream', [frame(DATA, 0, 0)], 1],
    ['PUSH_PROMISE', [frame(5, END_HEADERS, 1, REQUEST)], 1],
    ['a stream below the latest', [open(3), open(1)], 5],
  ])('%s', (_, messages, code) => {
    const peer = new Peer();
    peer.say(...messages);
    expect(peer.goaway).toBe(code);
    expect(peer.socket.writableEnded).toBe(true);
  });

  it('are no others: unknown ones are left out, PING is answered, PRIORITY is nothing', () => {
    const peer = new Peer();
    peer.say(frame(77, 255, 5, [1]), frame(PRIORITY, 0, 9, [0, 0, 0, 1, 0]), frame(PING, 0, 0, Buffer.alloc(8, 7)));
    peer.say(frame(GOAWAY, 0, 0, Buffer.alloc(8)), frame(PING, 1, 0, Buffer.alloc(8)));
    expect(peer.goaway).toBeUndefined();
    expect(peer.heardOf(PING)).toEqual([{ type: PING, flags: 1, streamId: 0, payload: Buffer.alloc(8, 7) }]);
  });
});
