import { connect } from 'node:net';
import { frame, PREFACE } from '../../../test/support/http2-frames.ts';
import type { RawAnswer } from './http1.ts';
import type { RawRequest } from './wire-request.ts';

const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, goAway: 7, continuation: 9 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const LARGEST_FRAME = 16_384;
const PATIENCE_MS = 10_000;

/**
 * Sends a request over HTTP/2 on a connection of its own, with frames made by hand: no library stands between a hostile
 * header and the wire. The answer's headers are not decoded, so the status is unknown: its body says enough.
 * @see https://www.rfc-editor.org/rfc/rfc9113
 */
export function exchangeHttp2(port: number, request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const frames = new FrameReader();
    let body = '';
    const done = (waits: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: undefined, body, waits });
    };
    const timer = setTimeout(() => done(true), PATIENCE_MS);
    socket.on('error', () => undefined);
    socket.on('close', () => done(false));
    socket.on('data', (part) => {
      for (const { type, flags, payload } of frames.push(part)) {
        if (type === FRAME.settings && (flags & ACK) === 0) socket.write(frame(FRAME.settings, ACK, 0));
        if (type === FRAME.data) body += payload.toString('latin1');
        const isEnd = (type === FRAME.data || type === FRAME.headers) && (flags & END_STREAM) !== 0;
        if (isEnd || type === FRAME.reset || type === FRAME.goAway) done(false);
      }
    });
    socket.write(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0), ...requestFrames(request)]));
  });
}

function requestFrames({ method, target, host, headers, body }: RawRequest): Buffer[] {
  const pseudo = [
    [':method', method],
    [':scheme', 'http'],
    [':authority', host],
    [':path', target],
  ] as const;
  const block = Buffer.concat([...pseudo, ...headers].map(([name, value]) => headerField(name, value)));
  const pieces = split(block);
  const frames = pieces.map((piece, index) => {
    const flags = index === pieces.length - 1 ? END_HEADERS : 0;
    const ends = index === 0 && body === undefined ? END_STREAM : 0;
    return frame(index === 0 ? FRAME.headers : FRAME.continuation, flags | ends, 1, piece);
  });
  // More than the first flow-control window would need the peer's leave.
  const data = body === undefined ? [] : split(body.subarray(0, 60_000));
  return [
    ...frames,
    ...data.map((piece, index) => frame(FRAME.data, index === data.length - 1 ? END_STREAM : 0, 1, piece)),
  ];
}

function split(bytes: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / LARGEST_FRAME));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * LARGEST_FRAME, (index + 1) * LARGEST_FRAME),
  );
}

/** A literal header field that is not indexed, without Huffman coding (RFC 7541 §6.2.2). */
function headerField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), headerText(name), headerText(value)]);
}

function headerText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  if (bytes.length < 127) {
    length.push(bytes.length);
  } else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

interface Frame {
  type: number;
  flags: number;
  payload: Buffer;
}

class FrameReader {
  #held = Buffer.alloc(0);

  push(part: Buffer): Frame[] {
    this.#held = Buffer.concat([this.#held, part]);
    const frames: Frame[] = [];
    while (this.#held.length >= 9) {
      const length = this.#held.readUIntBE(0, 3);
      if (this.#held.length < 9 + length) break;
      const payload = this.#held.subarray(9, 9 + length);
      frames.push({ type: this.#held.readUInt8(3), flags: this.#held.readUInt8(4), payload });
      this.#held = this.#held.subarray(9 + length);
    }
    return frames;
  }
}
