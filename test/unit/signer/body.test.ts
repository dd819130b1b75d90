import { describe, expect, it } from 'vitest';
import { decodedLength, isAwsChunked, isGrpc, isUpgrade } from '../../../src/signer/body.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';

describe('isAwsChunked', () => {
  it.each([
    ['content-encoding', 'aws-chunked'],
    ['content-encoding', 'AWS-Chunked'],
    ['content-encoding', 'gzip, aws-chunked'],
    ['content-encoding', 'aws-chunked,gzip'],
    ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
    ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
  ])('%s: %s is', (name, value) =>
    expect(
      isAwsChunked([
        ['accept', '*/*'],
        [name, value],
      ]),
    ).toBe(true),
  );

  it.each([
    ['content-encoding', 'gzip'],
    ['content-encoding', 'x-aws-chunked'],
    ['content-encoding', 'aws-chunkedx'],
    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
    ['x-other', 'aws-chunked'],
  ])('%s: %s is not', (name, value) => expect(isAwsChunked([[name, value]])).toBe(false));
});

describe('a body without an end', () => {
  it('is an upgrade’s', () => {
    expect(isUpgrade([['upgrade', 'websocket']])).toBe(true);
    expect(isUpgrade([['connection', 'upgrade']])).toBe(false);
  });

  it.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc;charset=utf-8', true],
    ['Application/GRPC', true],
    ['application/grpc-web', false],
    ['application/grpcx', false],
    ['text/application/grpc', false],
  ])('%s: %s', (type, is) => expect(isGrpc([['content-type', type]])).toBe(is));
});

describe('the length', () => {
  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['0', 0],
    ['12', 12],
    ['', undefined],
    ['x', undefined],
    ['-1', undefined],
    ['5, 5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['9'.repeat(400), undefined],
  ])('of %j', (value, length) => {
    const headers: HeaderEntry[] = value === undefined ? [] : [['content-length', value]];
    expect(decodedLength(headers, false)).toBe(length);
    expect(decodedLength(headers, true)).toBeUndefined();
  });

  it('of a body in frames is the one without them', () => {
    const headers: HeaderEntry[] = [
      ['content-length', '90'],
      ['x-amz-decoded-content-length', '7'],
    ];
    expect([decodedLength(headers, true), decodedLength(headers, false)]).toEqual([7, 90]);
  });
});
