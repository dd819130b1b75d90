import { connect, constants } from 'node:http2';
import { setImmediate } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS, type Limits } from '../../src/config/index.ts';
import { ExtProcClient } from '../support/ext-proc-client.ts';
import { requestBody, requestHeaders } from '../support/ext-proc-messages.ts';
import {
  type InProcessSigner,
  routeMetadata,
  startInProcess,
  stubWorkloadEnvironment,
} from '../support/in-process-signer.ts';

let signer: InProcessSigner;
beforeEach(() => {
  stubWorkloadEnvironment();
});
afterEach(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

async function start(limits: Partial<Limits>, isTrusted = true): Promise<void> {
  signer = await startInProcess({ server: { limits: { ...DEFAULT_LIMITS, ...limits }, verdicts: false }, isTrusted });
}

const metadata = routeMetadata();
const signed = async (client = signer.client) => (await client.open({ metadata }).ask(requestHeaders())).response;

describe('limits', () => {
  it('on streams in all: one more is refused, and there is room again when one has ended', async () => {
    await start({ streams: 2 });
    const other = new ExtProcClient(signer.address);
    const open = [signer.client.open({ metadata }), other.open({ metadata })];
    for (const stream of open) await stream.ask(requestHeaders({ endOfStream: false }));
    expect((await other.open({ metadata }).send(requestHeaders()).status()).code).toBe(status.RESOURCE_EXHAUSTED);
    open[0]?.cancel();
    await signer.streamsAre(1);
    expect(await signed(other)).toBe('request_headers');
    other.close();
  });

  it('on one message, which is refused alone', async () => {
    await start({ messageBytes: 100_000 });
    const stream = signer.client.open({ metadata });
    await stream.ask(requestHeaders({ endOfStream: false }));
    stream.send(requestBody(Buffer.alloc(200_000)));
    expect((await stream.status()).code).toBe(status.RESOURCE_EXHAUSTED);
    expect(await signed()).toBe('request_headers');
  });

  it('on metadata, which is refused alone', async () => {
    await start({ metadataBytes: 8_192 });
    const stream = signer.client.open({ metadata: { 'x-filler': 'x'.repeat(20_000) } });
    expect((await stream.status()).code).not.toBe(status.OK);
    expect(await signed()).toBe('request_headers');
  });
});

describe('resets', () => {
  const RESETS = 5_000;

  /** Opens streams and resets them at once, and tells with what the connection ended. */
  async function flood(): Promise<number | undefined> {
    const session = connect(`http://${signer.address}`);
    let ended: number | undefined;
    session.on('error', () => undefined);
    session.on('goaway', (code) => {
      ended ??= code;
    });
    const closed = new Promise((resolve) => session.once('close', resolve));
    for (let sent = 0; sent < RESETS && !session.destroyed && !session.closed; sent++) {
      const stream = session.request({ ':method': 'POST', ':path': '/x', 'content-type': 'application/grpc' });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      if (sent % 100 === 0) await setImmediate();
    }
    session.close();
    await closed;
    return ended;
  }

  it.each([
    ['of those who are trusted are not counted', true, 33, undefined],
    [
      'of strangers cost them their connection where they are too many',
      false,
      100,
      constants.NGHTTP2_ENHANCE_YOUR_CALM,
    ],
    ['of strangers do not where no Envoy could need more', false, 10_000, undefined],
  ])('%s', async (_, isTrusted, resetsPerSecond, code) => {
    await start({ resetsPerSecond }, isTrusted);
    expect(await flood()).toBe(code);
    expect(await signed()).toBe('request_headers');
  });
});
