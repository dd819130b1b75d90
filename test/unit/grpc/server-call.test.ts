import type { ServerHttp2Stream } from 'node:http2';
import { expect, it } from 'vitest';
import { Metadata } from '../../../src/grpc/metadata.ts';
import { ServerCall } from '../../../src/grpc/server-call.ts';
import { buffers } from '../../../src/protobuf/index.ts';

const BYTES = 3 * 1024 * 1024;

/** A call whose peer has taken nothing yet. */
function sent() {
  const state = { closed: false, destroyed: false, headersSent: true };
  let written: (() => void) | undefined;
  const stream = {
    ...state,
    write(_: Buffer, done: () => void) {
      written = done;
    },
  };
  const lent = buffers.take(BYTES);
  const call = new ServerCall<null, null>(
    stream as unknown as ServerHttp2Stream,
    { encode: () => lent },
    new Metadata({}),
    null,
  );
  call.send(null);
  return { stream, lent, written: () => written?.() };
}

it('lends the buffer of an answer again once it is written', () => {
  const { lent, written } = sent();
  expect(buffers.take(BYTES).buffer).not.toBe(lent.buffer);
  written();
  expect(buffers.take(BYTES).buffer).toBe(lent.buffer);
});

it('does not where the stream was destroyed: a part may be on its way yet', () => {
  const { stream, lent, written } = sent();
  stream.destroyed = true;
  written();
  expect(buffers.take(BYTES).buffer).not.toBe(lent.buffer);
});
