import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { behind, headerValue, mutationOf } from '../support/envoy-mutations.ts';
import type { AnswerMessage, RequestMessage } from '../support/ext-proc-client.ts';
import {
  type RequestShape,
  requestBody,
  requestHeaders,
  requestPairs,
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
  verdictOf,
} from '../support/in-process-signer.ts';

let signer: InProcessSigner;
const metadata = routeMetadata();
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

beforeAll(async () => {
  stubWorkloadEnvironment();
  signer = await startInProcess();
});
afterEach(() => void signer.reports.splice(0));
afterAll(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

describe('a request without a body', () => {
  it('is signed at its headers', async () => {
    const shape: RequestShape = { path: '/orders?b=2&a=1', headers: [['x-amz-target', 'Orders.List']] };
    const stream = signer.client.open({ metadata });
    const answer = await stream.ask(requestHeaders(shape));
    expect(answer.response).toBe('request_headers');
    expect(verdictOf(shape, [answer])).toMatchObject({ ok: true, service: 'execute-api', region: 'eu-west-1' });
    stream.end();
    expect(await stream.status()).toMatchObject({ code: 0 });
    expect(stream.answers).toHaveLength(1);
    expect(await signer.reported(1)).toMatchObject([{ outcome: 'signed', service: 'execute-api' }]);
  });

  it('is told AWS’s host as its authority', async () => {
    const stream = signer.client.open({ metadata });
    const answer = await stream.ask(requestHeaders());
    expect(headerValue(behind(requestPairs({}), [answer]), ':authority')).toBe('api.aws.test');
    stream.cancel();
  });
});

describe('a request with a body', () => {
  it.each([
    ['whose length is known', [['content-length', '7']] as const],
    ['whose length is not known', [] as const],
  ])('%s is signed for the body', async (_, headers) => {
    const shape: RequestShape = { method: 'POST', headers, endOfStream: false };
    const stream = signer.client.open({ metadata });
    const first = await stream.ask(requestHeaders(shape));
    expect(first.response).toBe('request_headers');
    const second = await stream.ask(requestBody('{"a":1}'));
    expect(second.response).toBe('request_body');
    expect(verdictOf(shape, [first, second], '{"a":1}')).toMatchObject({ ok: true });
    expect(verdictOf(shape, [first, second], '{"a":2}')).toMatchObject({ ok: false, reason: 'payload-hash' });
    stream.cancel();
    expect(await signer.reported(1)).toMatchObject([{ outcome: 'signed' }]);
  });

  it('is signed at a body message that trailers follow', async () => {
    const shape: RequestShape = { method: 'POST', endOfStream: false };
    const stream = signer.client.open({ metadata });
    const answers = [
      await stream.ask(requestHeaders(shape)),
      await stream.ask(requestBody('half', false)),
      await stream.ask(requestTrailers),
    ];
    expect(answers.map(({ response }) => response)).toEqual(['request_headers', 'request_body', 'request_trailers']);
    expect(verdictOf(shape, answers, 'half')).toMatchObject({ ok: true });
    expect(answers[2]).toEqual({ response: 'request_trailers', request_trailers: {} });
    stream.cancel();
  });

  it('is signed for an empty body where Envoy sends none and goes on to the trailers', async () => {
    const shape: RequestShape = { method: 'POST', endOfStream: false };
    const stream = signer.client.open({ metadata });
    const answers = [await stream.ask(requestHeaders(shape)), await stream.ask(requestTrailers)];
    expect(verdictOf(shape, answers)).toMatchObject({ ok: true });
    expect(headerValue(behind(requestPairs(shape), answers), 'x-amz-content-sha256')).toBe(EMPTY_HASH);
    stream.cancel();
  });

  it('that was promised by content-length and never came is not let out unsigned', async () => {
    const shape: RequestShape = { method: 'POST', headers: [['content-length', '5']], endOfStream: false };
    const stream = signer.client.open({ metadata });
    const answers = [await stream.ask(requestHeaders(shape)), await stream.ask(requestTrailers)];
    const refused = answers.at(-1)?.response === 'immediate_response';
    expect(refused || verdictOf(shape, answers).ok).toBe(true);
    stream.cancel();
  });

  it('of several MiB is signed', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'x');
    const shape: RequestShape = { method: 'PUT', endOfStream: false };
    const stream = signer.client.open({ metadata });
    const answers = [await stream.ask(requestHeaders(shape)), await stream.ask(requestBody(body))];
    expect(verdictOf(shape, answers, body)).toMatchObject({ ok: true });
    stream.cancel();
  });

  it('leaves nothing of a signature of the client’s own', async () => {
    const headers = [
      ['authorization', 'AWS4-HMAC-SHA256 Credential=AKIACLIENT/x'],
      ['x-amz-date', '20200101T000000Z'],
      ['x-amz-date', '20200102T000000Z'],
      ['x-amz-security-token', 'of the client'],
      ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
      ['x-amz-s3session-token', 'of the client'],
    ] as const;
    const shape: RequestShape = { headers, path: '/?X-Amz-Signature=abc&keep=1' };
    const stream = signer.client.open({ metadata });
    const answer = await stream.ask(requestHeaders(shape));
    const arrived = behind(requestPairs(shape), [answer]);
    expect(verdictOf(shape, [answer])).toMatchObject({ ok: true });
    expect(headerValue(arrived, 'x-amz-security-token')).toBeUndefined();
    expect(headerValue(arrived, 'x-amz-s3session-token')).toBeUndefined();
    expect(headerValue(arrived, ':path')).toBe('/?keep=1');
    stream.cancel();
  });
});

describe('a signature in the query', () => {
  it.each([
    ['at the headers', true, ''],
    ['behind the body', false, '{"a":1}'],
  ])('%s leaves no token in the headers, and is the only one', async (_, endOfStream, body) => {
    const headers = [['authorization', 'Bearer of-the-caller']] as const;
    const shape: RequestShape = { method: 'POST', path: '/?b=2&a=1', headers, endOfStream };
    const stream = signer.client.open({ metadata: routeMetadata({ ...ROUTE, sign_query: true }) });
    const answers = [await stream.ask(requestHeaders(shape))];
    if (!endOfStream) answers.push(await stream.ask(requestBody(body)));
    expect(verdictOf(shape, answers, body)).toMatchObject({ ok: true, source: 'query' });
    const arrived = behind(requestPairs(shape), answers);
    expect(headerValue(arrived, 'authorization')).toBeUndefined();
    expect(headerValue(arrived, ':path')?.match(/X-Amz-Signature/g)).toHaveLength(1);
    stream.cancel();
  });
});

describe('messages that need no decision', () => {
  it('of an unknown kind get no answer, wherever they come', async () => {
    const stream = signer.client.open({ metadata });
    const unknown: RequestMessage = { observability_mode: false };
    stream.send(unknown, unknown, requestHeaders({ endOfStream: false }), unknown, requestBody('x'), unknown);
    await stream.next();
    await stream.next();
    stream.send(unknown).end();
    expect(await stream.status()).toMatchObject({ code: 0 });
    expect(stream.answers.map(({ response }) => response)).toEqual(['request_headers', 'request_body']);
  });

  it('of the response are answered with the same kind and change nothing', async () => {
    const stream = signer.client.open({ metadata });
    await stream.ask(requestHeaders());
    const answers: AnswerMessage[] = [];
    for (const message of [responseHeaders(), responseBody, responseBody, responseTrailers]) {
      answers.push(await stream.ask(message));
    }
    expect(answers.map(({ response }) => response)).toEqual([
      'response_headers',
      'response_body',
      'response_body',
      'response_trailers',
    ]);
    for (const answer of answers) expect(mutationOf(answer)).toBeUndefined();
    expect(answers[0]).toEqual({ response: 'response_headers', response_headers: { response: {} } });
    stream.cancel();
  });

  it('answers messages sent in one go in their order', async () => {
    const shape: RequestShape = { method: 'POST', endOfStream: false };
    const stream = signer.client.open({ metadata: routeMetadata({ ...ROUTE, aws_region: 'eu-central-1' }) });
    const all = [requestHeaders(shape), requestBody('abc'), requestTrailers, responseHeaders(), responseTrailers];
    stream.send(...all).end();
    expect(await stream.status()).toMatchObject({ code: 0 });
    expect(stream.answers.map(({ response }) => response)).toEqual(all.map((message) => Object.keys(message)[0]));
    expect(verdictOf(shape, stream.answers, 'abc')).toMatchObject({ ok: true, region: 'eu-central-1' });
  });
});
