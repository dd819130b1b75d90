import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Clock, CredentialSource } from '../../src/credentials/index.ts';
import type { Credentials } from '../../src/signing/index.ts';
import { DEMO_WORKLOAD } from '../stand-in/demo-config.ts';
import type { RequestMessage } from '../support/ext-proc-client.ts';
import { requestBody, requestHeaders, responseHeaders } from '../support/ext-proc-messages.ts';
import { type InProcessSigner, routeMetadata, startInProcess } from '../support/in-process-signer.ts';
import { UNOBSERVED_CREDENTIALS } from '../support/unobserved.ts';

/** Gives its credentials when it is told to. */
class GatedSource extends CredentialSource {
  gate: PromiseWithResolvers<void> | undefined;
  asked = Promise.withResolvers<void>();

  override credentialsFor(): Credentials | Promise<Credentials> {
    this.asked.resolve();
    return this.gate ? this.gate.promise.then(() => DEMO_WORKLOAD) : DEMO_WORKLOAD;
  }

  shut(): void {
    this.gate = Promise.withResolvers();
    this.asked = Promise.withResolvers();
  }
}

let signer: InProcessSigner;
let source: GatedSource;
const metadata = routeMetadata();
const withBody = requestHeaders({ method: 'POST', endOfStream: false });

beforeAll(async () => {
  source = new GatedSource({
    cache: { maxEntries: 10, maxEntriesPerCaller: 10 },
    stsTimeoutMs: 1000,
    observer: UNOBSERVED_CREDENTIALS,
    clock: new Clock(),
  });
  signer = await startInProcess({ credentials: source });
});
afterEach(() => {
  source.gate = undefined;
  signer.reports.splice(0);
});
afterAll(() => signer.close());

describe('our peer ends its side', () => {
  it.each<[string, RequestMessage[]]>([
    ['at once', []],
    ['behind a message of an unknown kind', [{ observability_mode: false }]],
    ['with the body still to come', [withBody]],
    [
      'with the body still to come, its length known',
      [requestHeaders({ method: 'POST', headers: [['content-length', '3']], endOfStream: false })],
    ],
  ])('%s: an error, as OK would release the request', async (_, messages) => {
    const stream = signer.client.open({ metadata });
    stream.send(...messages).end();
    expect((await stream.status()).code).toBe(status.ABORTED);
    expect(await signer.reported(1)).toMatchObject([{ outcome: 'aborted' }]);
    await signer.streamsAre(0);
  });

  it('while its credentials are awaited: the answer, then OK', async () => {
    source.shut();
    const stream = signer.client.open({ metadata }).send(requestHeaders()).end();
    await source.asked.promise;
    source.gate?.resolve();
    expect((await stream.status()).code).toBe(status.OK);
    expect(stream.answers.map(({ response }) => response)).toEqual(['request_headers']);
    await signer.streamsAre(0);
  });

  it('behind the decision: OK', async () => {
    const stream = signer.client.open({ metadata });
    await stream.ask(requestHeaders());
    await stream.ask(responseHeaders());
    stream.end();
    expect((await stream.status()).code).toBe(status.OK);
    await signer.streamsAre(0);
  });
});

describe('our peer resets the stream', () => {
  it.each<[string, RequestMessage[], string]>([
    ['behind the headers, a body awaited', [withBody], 'aborted'],
    ['behind the signed headers', [requestHeaders()], 'signed'],
    ['behind the signed body', [withBody, requestBody('x')], 'signed'],
    ['behind the response', [requestHeaders(), responseHeaders()], 'signed'],
  ])('%s: it is closed and reported once', async (_, messages, outcome) => {
    const stream = signer.client.open({ metadata });
    for (const message of messages) await stream.ask(message);
    stream.cancel();
    await signer.streamsAre(0);
    expect(signer.reports).toMatchObject([{ outcome }]);
    expect(signer.reports).toHaveLength(1);
  });

  it('before any message: it is closed', async () => {
    const stream = signer.client.open({ metadata });
    await signer.streamsAre(1);
    stream.cancel();
    await signer.streamsAre(0);
  });

  it.each<[string, RequestMessage[]]>([
    ['headers', [requestHeaders()]],
    ['body', [withBody, requestBody('x')]],
  ])(
    'while the credentials for its %s are awaited: it is closed, and their coming does no harm',
    async (_, messages) => {
      const stream = signer.client.open({ metadata });
      const last = messages.at(-1) ?? {};
      for (const message of messages.slice(0, -1)) await stream.ask(message);
      source.shut();
      stream.send(last);
      await source.asked.promise;
      stream.cancel();
      await signer.streamsAre(0);
      source.gate?.resolve();
      expect(await signer.reported(1)).toMatchObject([{ outcome: 'aborted' }]);
      source.gate = undefined;
      const next = signer.client.open({ metadata });
      expect(await next.ask(requestHeaders())).toMatchObject({ response: 'request_headers' });
      next.cancel();
      await signer.streamsAre(0);
    },
  );

  it('a client that goes away with many streams open leaves none', async () => {
    const streams = Array.from({ length: 50 }, () => signer.client.open({ metadata }));
    await Promise.all(streams.map((stream) => stream.ask(withBody)));
    expect(await signer.openStreams()).toBe(50);
    for (const stream of streams) stream.cancel();
    await signer.streamsAre(0);
    expect(signer.reports).toHaveLength(50);
  });
});

describe('more than Node’s limit of 1000 stream resets on one connection', () => {
  it('fails no request', async () => {
    const outcomes = { answered: 0, failed: 0 };
    for (let round = 0; round < 30; round++) {
      const streams = Array.from({ length: 100 }, () => signer.client.open({ metadata }));
      const results = await Promise.allSettled(streams.map((stream) => stream.ask(requestHeaders())));
      for (const { status: settled } of results) outcomes[settled === 'fulfilled' ? 'answered' : 'failed'] += 1;
      for (const stream of streams) stream.cancel();
    }
    expect(outcomes).toEqual({ answered: 3000, failed: 0 });
    await signer.streamsAre(0);
  });
});
