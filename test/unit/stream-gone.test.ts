import { expect, it, vi } from 'vitest';
import { OpenStreams } from '../../src/envoy/index.ts';
import { extAuthzMethods } from '../../src/ext-authz/index.ts';
import { HeldBytes } from '../../src/ext-proc/held-bytes.ts';
import { extProcMethods } from '../../src/ext-proc/index.ts';
import { Metadata } from '../../src/grpc/metadata.ts';
import { type RequestObserver, type Signer, UNNAMED_PEER } from '../../src/signer/index.ts';

interface Options {
  signer: () => Signer;
  observer: RequestObserver;
  streams: OpenStreams;
}

const call = { metadata: new Metadata({ get: () => undefined }), peer: UNNAMED_PEER } as never;
const extProc = { patienceMs: () => 1_000, held: new HeldBytes(Number.POSITIVE_INFINITY) };

it.each([
  ['ext_proc', (options: Options) => extProcMethods({ ...options, ...extProc }).map(([, { open }]) => open(call))],
  ['ext_authz', (options: Options) => extAuthzMethods(options).map(([, { open }]) => open(call))],
])('a stream of %s that is gone counts as closed, even where its report goes wrong', (_, open) => {
  const streams = new OpenStreams({ most: 1, keepsForVerdicts: true });
  const streamClosed = vi.fn();
  const requestDone = () => {
    throw new Error('a defect');
  };
  const observer = { streamOpened: () => undefined, streamClosed, requestDone };

  const [handler] = open({ signer: () => ({}) as Signer, observer, streams });
  expect(() => handler?.onClose(true)).toThrow('a defect');
  expect(streamClosed).toHaveBeenCalledExactlyOnceWith(true);
  expect(streams.size).toBe(0);
});
