import { describe, expect, it } from 'vitest';
import { decodeBody, withDecodedBody } from '../../../src/signer/decoded-body.ts';
import type { PreparedRequest } from '../../../src/signer/prepare.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';

const framed = (data: string, trailers: string) =>
  Buffer.from(`${data.length.toString(16)}\r\n${data}\r\n0\r\n${trailers}\r\n`, 'latin1');
const LENGTH: HeaderEntry = ['x-amz-decoded-content-length', '5'];

describe('decodeBody', () => {
  it('takes checksums from the trailer, and nothing else', () => {
    const trailers = 'x-amz-checksum-crc32:NhCmhg==\r\nauthorization:Bearer x\r\nx-amz-meta-a:b\r\n';
    const { data, checksums } = decodeBody(framed('hello', trailers), [LENGTH]);
    expect(data.toString()).toBe('hello');
    expect(checksums).toEqual([['x-amz-checksum-crc32', 'NhCmhg==']]);
  });

  it.each([
    ['a checksum with a NUL', 'x-amz-checksum-crc32:A\0AAAAA==\r\n'],
    ['a checksum twice', 'x-amz-checksum-crc32:AAAAAA==\r\nX-Amz-Checksum-Crc32:NhCmhg==\r\n'],
    ['an empty checksum', 'x-amz-checksum-crc32:\r\n'],
  ])('refuses %s', (_, trailers) => {
    expect(() => decodeBody(framed('hello', trailers), [LENGTH])).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('refuses a body that is not as long as announced', () => {
    const announced: HeaderEntry[] = [['x-amz-decoded-content-length', '6']];
    expect(() => decodeBody(framed('hello', ''), announced)).toThrow(/x-amz-decoded-content-length/);
  });
});

describe('withDecodedBody', () => {
  it('puts length, encoding and trailer headers right, in what is signed and in what Envoy is told', () => {
    const headers: HeaderEntry[] = [
      ['content-length', '40'],
      ['content-encoding', 'aws-chunked,gzip'],
      ['x-amz-trailer', 'x-amz-checksum-crc32'],
      LENGTH,
    ];
    const prepared: PreparedRequest = {
      request: { method: 'PUT', path: '/', authority: 'a', headers },
      set: [],
      remove: [],
    };
    const plain = withDecodedBody(prepared, {
      data: Buffer.from('hello'),
      checksums: [['x-amz-checksum-crc32', 'NhCmhg==']],
    });
    const expected: HeaderEntry[] = [
      ['content-length', '5'],
      ['x-amz-checksum-crc32', 'NhCmhg=='],
      ['content-encoding', 'gzip'],
    ];
    expect(plain.request.headers).toEqual(expected);
    expect(plain.set).toEqual(expected);
    expect([...plain.remove].sort()).toEqual(['x-amz-decoded-content-length', 'x-amz-trailer']);
  });
});
