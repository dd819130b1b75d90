import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AnswerMessage } from '../support/ext-proc-client.ts';
import {
  BODY_MODES,
  type RequestShape,
  requestBody,
  requestHeaders,
  requestTrailers,
  responseHeaders,
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
const signed = routeMetadata({ ...ROUTE, payload: 'signed' });
const unsigned = routeMetadata({ ...ROUTE, payload: 'unsigned' });

beforeAll(async () => {
  stubWorkloadEnvironment();
  signer = await startInProcess();
});
afterAll(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

function refusalOf(answer: AnswerMessage) {
  const { status, body } = answer.immediate_response ?? {};
  return { status: status?.code, ...(JSON.parse(String(body)) as { code: string; message: string }) };
}

const withBody: RequestShape = { method: 'POST', endOfStream: false };
const UNBUFFERED = ['NONE', 'STREAMED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED', 'GRPC', 'absent'] as const;
const ALL = ['BUFFERED', ...UNBUFFERED] as const;

describe('payload: signed', () => {
  it.each(UNBUFFERED)('with a body is refused at the headers under %s', async (mode) => {
    const stream = signer.client.open({ metadata: signed });
    const refusal = refusalOf(await stream.ask(requestHeaders({ ...withBody, mode })));
    expect(refusal).toMatchObject({ status: 500, code: 'SIGV4_PROCESSING_MODE' });
    expect(refusal.message).toContain(`request_body_mode: ${mode === 'absent' ? 'unknown' : mode}`);
    expect(refusal.message).toContain('BUFFERED');
    expect(await stream.status()).toMatchObject({ code: 0 });
  });

  it.each(ALL)('without a body is signed under %s', async (mode) => {
    const stream = signer.client.open({ metadata: signed });
    const answer = await stream.ask(requestHeaders({ mode }));
    expect(verdictOf({ mode }, [answer])).toMatchObject({ ok: true });
    stream.cancel();
  });

  it('is refused to a gRPC stream, which has no end to hash', async () => {
    const stream = signer.client.open({ metadata: signed });
    const shape: RequestShape = { ...withBody, headers: [['content-type', 'application/grpc+proto']] };
    expect(refusalOf(await stream.ask(requestHeaders(shape)))).toMatchObject({
      status: 500,
      code: 'SIGV4_REQUEST_UNSUPPORTED',
    });
  });

  it.each(['application/grpc-web', 'application/grpc-web+proto', 'application/grpcx'])(
    'takes %s for what it is, a body with an end',
    async (type) => {
      const shape: RequestShape = { ...withBody, headers: [['content-type', type]] };
      const stream = signer.client.open({ metadata: signed });
      const answers = [await stream.ask(requestHeaders(shape)), await stream.ask(requestBody('framed'))];
      expect(verdictOf(shape, answers, 'framed')).toMatchObject({ ok: true });
      stream.cancel();
    },
  );
});

describe('payload: unsigned', () => {
  it.each(ALL.filter((mode) => mode !== 'GRPC'))(
    'is signed at the headers under %s, the body let through',
    async (mode) => {
      const shape: RequestShape = { ...withBody, mode };
      const stream = signer.client.open({ metadata: unsigned });
      const answers = [await stream.ask(requestHeaders(shape))];
      expect(verdictOf(shape, answers, 'any body')).toMatchObject({ ok: true });
      const body = await stream.ask(requestBody('any body', false));
      expect(body.response).toBe('request_body');
      expect(body.request_body?.response?.header_mutation).toBeUndefined();
      expect((await stream.ask(requestTrailers)).response).toBe('request_trailers');
      expect((await stream.ask(responseHeaders())).response).toBe('response_headers');
      expect(stream.answers.filter(({ mode_override }) => mode_override !== undefined)).toHaveLength(
        mode === 'BUFFERED' || mode === 'BUFFERED_PARTIAL' ? 1 : 0,
      );
      stream.cancel();
    },
  );

  it('is refused under GRPC', async () => {
    const mode = 'GRPC';
    const stream = signer.client.open({ metadata: unsigned });
    const refusal = refusalOf(await stream.ask(requestHeaders({ ...withBody, mode })));
    expect(refusal).toMatchObject({ status: 500, code: 'SIGV4_PROCESSING_MODE' });
    expect(refusal.message).toContain('request_body_mode: GRPC');
  });

  it('under FULL_DUPLEX_STREAMED hands each chunk back byte for byte', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const chunks = [every, Buffer.alloc(300_000, 0xff), Buffer.from('x'), Buffer.alloc(0)];
    const stream = signer.client.open({ metadata: unsigned });
    stream.send(requestHeaders({ ...withBody, mode: 'FULL_DUPLEX_STREAMED' }));
    for (const [index, chunk] of chunks.entries()) stream.send(requestBody(chunk, index === chunks.length - 1));
    stream.end();
    expect(await stream.status()).toMatchObject({ code: 0 });
    const back = stream.answers
      .slice(1)
      .map((answer) => answer.request_body?.response?.body_mutation?.streamed_response);
    expect(back.map((part) => part?.body?.equals(chunks[back.indexOf(part)] ?? every))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(back.map((part) => part?.end_of_stream ?? false)).toEqual([false, false, false, true]);
  });

  it.each(['NONE', 'STREAMED'] as const)('a gRPC stream under %s keeps its ext_proc stream', async (mode) => {
    const shape: RequestShape = { ...withBody, mode, headers: [['content-type', 'application/grpc']] };
    const stream = signer.client.open({ metadata: unsigned });
    await stream.ask(requestHeaders(shape));
    expect((await stream.ask(requestBody('frame', false))).response).toBe('request_body');
    stream.cancel();
  });
});

describe('a request let through unsigned', () => {
  it('under FULL_DUPLEX_STREAMED has its chunks handed back too', async () => {
    const route = {
      ...ROUTE,
      aws_assume_role_arn: 'arn:aws:iam::123456789012:role/caller',
      on_missing_token: 'pass',
    };
    const stream = signer.client.open({ metadata: routeMetadata(route) });
    expect(await stream.ask(requestHeaders({ ...withBody, mode: 'FULL_DUPLEX_STREAMED' }))).toEqual({
      response: 'request_headers',
      request_headers: { response: {} },
    });
    const back = await stream.ask(requestBody('chunk'));
    expect(back.request_body?.response?.body_mutation?.streamed_response).toMatchObject({
      body: Buffer.from('chunk'),
      end_of_stream: true,
    });
    stream.cancel();
  });
});

describe('an upgrade', () => {
  it.each(ALL)('is signed at its headers under %s', async (mode) => {
    const shape: RequestShape = { mode, endOfStream: false, headers: [['upgrade', 'websocket']] };
    const stream = signer.client.open({ metadata: signed });
    const answer = await stream.ask(requestHeaders(shape));
    expect(verdictOf(shape, [answer])).toMatchObject({ ok: true });
    stream.end();
    expect(await stream.status()).toMatchObject({ code: 0 });
  });
});

describe('a filter', () => {
  it('that ignores every answer is told so', async () => {
    const stream = signer.client.open({ metadata: signed });
    const refusal = refusalOf(await stream.ask({ ...requestHeaders(), observability_mode: true }));
    expect(refusal).toMatchObject({ status: 500, code: 'SIGV4_PROCESSING_MODE' });
    expect(refusal.message).toContain('observability_mode');
  });

  it('that streams response bodies through here gets them back', async () => {
    const stream = signer.client.open({ metadata: signed });
    await stream.ask({
      ...requestHeaders(),
      protocol_config: { request_body_mode: BODY_MODES.BUFFERED, response_body_mode: BODY_MODES.FULL_DUPLEX_STREAMED },
    });
    const answer = await stream.ask({ response_body: { body: Buffer.from('answer'), end_of_stream: true } });
    expect(answer.response_body?.response?.body_mutation?.streamed_response).toEqual({
      body: Buffer.from('answer'),
      end_of_stream: true,
    });
    stream.cancel();
  });
});
