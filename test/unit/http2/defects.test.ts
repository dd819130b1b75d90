import { describe, expect, it } from 'vitest';
import { DATA, END_STREAM, frame, RST_STREAM, reset, SETTINGS, setting, widen } from '../../support/http2-frames.ts';
import { open, Peer, type PeerOptions, type SeenStream } from '../../support/http2-peer.ts';

const DEFECT = new TypeError('a defect');
const NO_WINDOW = frame(SETTINGS, 0, 0, setting(4, 0));
const WINDOW = frame(SETTINGS, 0, 0, setting(4, 1000));
const INTERNAL_ERROR = 2;

const ofFirst = ({ stream }: SeenStream) => {
  if (stream.id === 1) throw DEFECT;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('what a handler throws ends its stream alone', () => {
  it.each<[string, PeerOptions, (peer: Peer) => void]>([
    ['at data', { onData: ofFirst }, (peer) => peer.say(frame(DATA, 0, 1, [1]), frame(DATA, 0, 1, [2]))],
    ['at the end', { onEnd: ofFirst }, (peer) => peer.say(frame(DATA, END_STREAM, 1))],
    [
      'at data that was held',
      { onData: ofFirst },
      (peer) => {
        const { stream } = peer.stream(1);
        stream.pause();
        peer.say(frame(DATA, END_STREAM, 1, [1]));
        stream.resume();
      },
    ],
    [
      'at an end that was held',
      { onEnd: ofFirst },
      (peer) => {
        const { stream } = peer.stream(1);
        stream.pause();
        peer.say(frame(DATA, END_STREAM, 1));
        stream.resume();
      },
    ],
    [
      'when what waited is sent',
      { onStream: ({ stream }) => stream.sendData(Buffer.alloc(10)), onDrain: ofFirst },
      (peer) => peer.say(WINDOW),
    ],
  ])('%s', async (_, options, what) => {
    const peer = new Peer(options);
    peer.say(NO_WINDOW, open(1), open(3));
    what(peer);
    await turn();
    expect(peer.defects).toEqual([DEFECT]);
    expect(peer.heardOf(RST_STREAM).map(({ streamId, payload }) => [streamId, payload.readUInt32BE(0)])).toEqual([
      [1, INTERNAL_ERROR],
    ]);
    expect(peer.stream(1).closes).toEqual([true]);
    expect(peer.goaway).toBeUndefined();
    peer.say(frame(DATA, END_STREAM, 3, [3]));
    expect(peer.stream(3)).toMatchObject({ data: [Buffer.from([3])], ends: 1, closes: [] });
  });

  it('when the socket drains', async () => {
    const peer = new Peer({ onDrain: ofFirst });
    peer.say(frame(SETTINGS, 0, 0, setting(4, 2 ** 30)), widen(0, 2 ** 30), open(1), open(3));
    peer.socket.hold();
    for (const { stream } of peer.seen) while (!stream.needsDrain) stream.sendData(Buffer.alloc(20_000));
    peer.socket.release();
    await turn();
    expect(peer.defects).toEqual([DEFECT]);
    expect(peer.stream(3).drains).toBe(1);
  });

  it('at its close', () => {
    const peer = new Peer({ onClose: ofFirst });
    peer.say(open(1), open(3), reset(1), frame(DATA, END_STREAM, 3, [3]));
    expect(peer.defects).toEqual([DEFECT]);
    expect(peer.goaway).toBeUndefined();
    expect(peer.stream(3)).toMatchObject({ ends: 1, closes: [] });
  });

  it('at the close of all of them', async () => {
    const peer = new Peer({ onClose: ofFirst });
    peer.say(open(1), open(3), open(5));
    peer.socket.destroy();
    await turn();
    expect(peer.defects).toEqual([DEFECT]);
    expect(peer.seen.map(({ closes }) => closes)).toEqual([[true], [true], [true]]);
  });
});

it('what goes wrong ahead of a handler ends the connection', () => {
  const peer = new Peer({ onStream: ofFirst });
  peer.say(open(1));
  expect(peer.defects).toEqual([DEFECT]);
  expect(peer.goaway).toBe(INTERNAL_ERROR);
});
