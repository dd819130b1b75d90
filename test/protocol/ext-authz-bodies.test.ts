import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerValue } from '../support/envoy-mutations.ts';
import { type ExtAuthzBench, startExtAuthzBench } from '../support/ext-authz-bench.ts';
import type { CheckShape } from '../support/ext-authz-client.ts';
import { ROUTE } from '../support/in-process-signer.ts';

const S3 = { ...ROUTE, aws_service: 's3' };
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

let bench: ExtAuthzBench;
beforeAll(async () => {
  bench = await startExtAuthzBench();
});
afterAll(() => bench.close());

const signed: ExtAuthzBench['signed'] = (...args) => bench.signed(...args);
const refused: ExtAuthzBench['refused'] = (...args) => bench.refused(...args);

describe('a body', () => {
  const put = (body: string | Buffer, more: Partial<CheckShape> = {}, type?: string): CheckShape => ({
    ...{ method: 'PUT', body },
    ...more,
    headers: [
      ['content-length', String(Buffer.byteLength(body))],
      ...(type ? [['content-type', type] as const] : []),
      ...(more.headers ?? []),
    ],
  });
  const binary = Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x00]);

  it('of any bytes is signed as raw_body', async () => {
    expect((await signed(put(binary), S3)).verdict).toMatchObject({ ok: true });
  });

  it.each<[string, CheckShape]>([
    ['bytes that Envoy made ! of', put(binary, { form: 'text' })],
    ['bytes that others made U+FFFD of', put('a\ufffdb', { form: 'text' }, 'text/plain')],
    ['! in what does not call itself text', put('a!', { form: 'text' }, 'application/octet-stream')],
    ['more than was announced', { method: 'PUT', form: 'text', body: 'abc', headers: [['content-length', '2']] }],
  ])('that may be altered is refused: %s', async (_what, shape) => {
    const { status, json } = await refused(shape);
    expect([status, json.code]).toEqual([500, 'SIGV4_PROCESSING_MODE']);
    expect(json.message).toContain('pack_as_bytes: true');
  });

  it.each([
    'text/plain; charset=utf-8',
    'application/json',
    'application/x-amz-json-1.1',
    'application/vnd.api+json',
    'application/xml',
    'application/x-www-form-urlencoded',
  ])('with a ! that calls itself %s is text', async (type) => {
    expect((await signed(put('hey!', { form: 'text' }, type))).verdict).toMatchObject({ ok: true });
  });

  it.each<[string, CheckShape]>([
    ['as Envoy says', { method: 'PUT', body: 'abc', partial: 'true' }],
    [
      'as Envoy says, whatever the client says',
      { ...put('abc', { partial: 'true' }), headers: [['x-envoy-auth-partial-body', 'false']] },
    ],
    ['as content-length says', { method: 'PUT', body: 'abc', headers: [['content-length', '4']] }],
    ['as text', { method: 'PUT', body: 'abc', form: 'text', headers: [['content-length', '4']] }],
    ['all of it missing', { method: 'PUT', partial: 'false', headers: [['content-length', '4']] }],
  ])('that came in part is refused: %s', async (_what, shape) => {
    const { status, json } = await refused(shape);
    expect([status, json.code]).toEqual([413, 'SIGV4_BODY_TOO_LARGE']);
    expect(json.message).toContain('max_request_bytes');
  });

  it('that was not sent is refused where it is signed', async () => {
    const { status, json } = await refused({ method: 'PUT', headers: [['content-length', '4']] });
    expect([status, json.code]).toEqual([500, 'SIGV4_PROCESSING_MODE']);
    expect(json.message).toContain('with_request_body');
  });

  it.each<[string, object, CheckShape]>([
    ['unsigned, not sent', { payload: 'unsigned' }, { headers: [['content-length', '4']] }],
    ['unsigned, in part', { payload: 'unsigned' }, { body: 'abc', partial: 'true' }],
    ['unsigned, altered', { payload: 'unsigned' }, { body: binary, form: 'text' }],
    [
      'passed through, not sent',
      { payload: 'passthrough' },
      {
        headers: [
          ['content-length', '4'],
          ['x-amz-content-sha256', EMPTY_SHA256],
        ],
      },
    ],
    [
      'unsigned chunks, passed through',
      { payload: 'passthrough' },
      {
        headers: [
          ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
          ['content-encoding', 'aws-chunked'],
        ],
      },
    ],
  ])('that need not be hashed is not looked at: %s', async (_what, mode, shape) => {
    const { headers } = await signed({ method: 'PUT', ...shape }, { ...S3, ...mode });
    const declared = shape.headers?.find(([name]) => name === 'x-amz-content-sha256')?.[1];
    expect(headerValue(headers, 'x-amz-content-sha256')).toBe(declared ?? 'UNSIGNED-PAYLOAD');
  });

  const chunked: CheckShape['headers'] = [
    ['content-encoding', 'aws-chunked'],
    ['x-amz-decoded-content-length', '1'],
  ];
  it.each<[string, object, CheckShape]>([
    ['signed', {}, { body: '1;x\r\n', headers: chunked }],
    ['unsigned', { payload: 'unsigned' }, { headers: [...chunked, ['content-length', '9']] }],
    [
      'the chunks signed by the client',
      { payload: 'passthrough' },
      { body: '1;x\r\n', headers: [...chunked, ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD']] },
    ],
  ])('that the client framed is refused: %s', async (_what, mode, shape) => {
    const { status, json } = await refused({ method: 'PUT', ...shape }, { ...S3, ...mode });
    expect([status, json.code]).toEqual([400, 'SIGV4_AWS_CHUNKED_BODY']);
    expect(json.message).toContain('passthrough');
  });

  it('is never streamed', async () => {
    const streaming = { ...S3, payload: 'streaming' };
    for (const headers of [[['content-length', '3']], [['content-length', '3'], ...chunked]] as const) {
      const { status, json } = await refused({ method: 'PUT', body: 'abc', headers }, streaming);
      expect([status, json.code]).toEqual([500, 'SIGV4_PROCESSING_MODE']);
      expect(json.message).toContain('ext_proc');
    }
    expect((await signed({}, streaming)).verdict).toMatchObject({ ok: true });
  });

  it('without an end is refused, or signed without looking at it', async () => {
    const headers = [['content-type', 'application/grpc']] as const;
    expect((await refused({ method: 'POST', headers })).json.code).toBe('SIGV4_REQUEST_UNSUPPORTED');
    const { headers: after } = await signed({ method: 'POST', headers }, { ...ROUTE, payload: 'unsigned' });
    expect(headerValue(after, 'x-amz-content-sha256')).toBe('UNSIGNED-PAYLOAD');
  });
});
