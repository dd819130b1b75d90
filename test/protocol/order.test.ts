import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RequestMessage } from '../support/ext-proc-client.ts';
import {
  requestBody,
  requestHeaders,
  requestTrailers,
  responseBody,
  responseHeaders,
  responseTrailers,
} from '../support/ext-proc-messages.ts';
import {
  type InProcessSigner,
  ROUTE,
  routeMetadata,
  startInProcess,
  stubWorkloadEnvironment,
} from '../support/in-process-signer.ts';

let signer: InProcessSigner;
const metadata = routeMetadata();

beforeAll(async () => {
  stubWorkloadEnvironment();
  signer = await startInProcess();
});
afterEach(() => void signer.reports.splice(0));
afterAll(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

const withBody = requestHeaders({ method: 'POST', endOfStream: false });

describe('an order that no Envoy keeps', () => {
  it.each<[string, RequestMessage[], number]>([
    ['a body before the headers', [requestBody('x')], 0],
    ['trailers before the headers', [requestTrailers], 0],
    ['the response before the request', [responseHeaders()], 0],
    ['a response body before the request', [responseBody], 0],
    ['response trailers before the request', [responseTrailers], 0],
    ['headers twice, a body awaited', [withBody, withBody], 1],
    ['headers twice, already signed', [requestHeaders(), requestHeaders()], 1],
    ['headers after the body', [withBody, requestBody('x'), withBody], 2],
    ['the response before the body', [withBody, responseHeaders()], 1],
  ])('%s ends the stream with an error, behind the answers due', async (_, messages, answered) => {
    const stream = signer.client.open({ metadata });
    for (const message of messages.slice(0, answered)) await stream.ask(message);
    stream.send(...messages.slice(answered));
    expect((await stream.status()).code).toBe(status.INVALID_ARGUMENT);
    expect(stream.answers).toHaveLength(answered);
  });

  it('gives nothing that comes behind the violation an OK', async () => {
    const stream = signer.client.open({ metadata });
    stream.send(requestBody('x'), requestHeaders(), requestHeaders(), responseHeaders()).end();
    expect((await stream.status()).code).not.toBe(status.OK);
  });

  it('a second body goes on as it is, and does not sign anew', async () => {
    const stream = signer.client.open({ metadata });
    await stream.ask(withBody);
    await stream.ask(requestBody('first', false));
    expect(await stream.ask(requestBody('second'))).toEqual({
      response: 'request_body',
      request_body: { response: {} },
    });
    stream.cancel();
  });
});

describe('a refused request', () => {
  it('gets one answer, an OK, and nothing for what comes after', async () => {
    const stream = signer.client.open({ metadata: routeMetadata({ ...ROUTE, aws_region: 7 }) });
    stream.send(withBody, requestBody('x'), requestTrailers, responseHeaders(), withBody);
    expect(await stream.status()).toMatchObject({ code: status.OK });
    expect(stream.answers.map(({ response }) => response)).toEqual(['immediate_response']);
    expect(signer.reports).toMatchObject([{ outcome: 'failed', code: 'SIGV4_CONFIG_INVALID' }]);
  });
});

describe('a request that never ends its body', () => {
  it.each([
    ['an upgrade', { headers: [['upgrade', 'websocket']] as const }],
    ['an unsigned gRPC stream', { method: 'POST', headers: [['content-type', 'application/grpc']] as const }],
  ])('%s is let go of by an OK under BUFFERED', async (_, shape) => {
    const stream = signer.client.open({ metadata: routeMetadata({ ...ROUTE, payload: 'unsigned' }) });
    const answer = await stream.ask(requestHeaders({ ...shape, endOfStream: false }));
    expect(answer.mode_override).toEqual({ request_body_mode: 0 });
    expect(await stream.status()).toMatchObject({ code: status.OK });
  });

  it('ends with OK even if its first bytes came with its headers', async () => {
    const stream = signer.client.open({ metadata });
    const shape = { headers: [['upgrade', 'websocket']] as const, endOfStream: false };
    stream.send(requestHeaders(shape), requestBody('frame', false), requestBody('frame', false));
    expect(await stream.status()).toMatchObject({ code: status.OK });
    expect(stream.answers.map(({ response }) => response)).toEqual(['request_headers']);
  }, 3000);
});
