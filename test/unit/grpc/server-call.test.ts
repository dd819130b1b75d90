import { expect, it } from 'vitest';
import { Metadata } from '../../../src/grpc/metadata.ts';
import { ServerCall } from '../../../src/grpc/server-call.ts';
import type { ServerStream } from '../../../src/http2/index.ts';
import { buffers } from '../../../src/protobuf/index.ts';

const BYTES = 3 * 1024 * 1024;

/** A call whose peer has taken nothing yet. */
function sent() {
  let onWritten: ((error?: Error) => void) | undefined;
  const stream = {
    isClosed: false,
    sendHeaders: () => undefined,
    sendData(_: Buffer, written: () => void) {
      onWritten = written;
    },
  };
  const lent = buffers.take(BYTES);
  const metadata = new Metadata({ get: () => undefined });
  const call = new ServerCall<null, null>(stream as unknown as ServerStream, { encode: () => lent }, metadata, null);
  call.send(null);
  return { lent, written: (error?: Error) => onWritten?.(error) };
}

it('lends the buffer of an answer again once it is written', () => {
  const { lent, written } = sent();
  expect(buffers.take(BYTES).buffer).not.toBe(lent.buffer);
  written();
  expect(buffers.take(BYTES).buffer).toBe(lent.buffer);
});

it('does not where it could not be written: a part may be on its way yet', () => {
  const { lent, written } = sent();
  written(new Error('the connection is gone'));
  expect(buffers.take(BYTES).buffer).not.toBe(lent.buffer);
});
