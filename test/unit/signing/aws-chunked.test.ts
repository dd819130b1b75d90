import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  AwsChunkedDecoder,
  AwsChunkedEncoder,
  CHUNK_BYTES,
  type ChecksumAlgorithm,
  ChunkSigner,
  checksumTrailer,
  createChecksum,
  encodedLength,
  FramingError,
} from '../../../src/signing/aws-chunked/index.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';
import { payloadHash } from '../../../src/signing/index.ts';
import { CHUNK_SEED as SEED } from '../../support/chunk-seed.ts';
import { fuzzSeed, type Prng, prng } from '../../support/prng.ts';
import { s3DocumentationCases, VECTORS_ABSENT } from '../../support/vectors.ts';

const FUZZ_SEED = fuzzSeed();

function decode(framed: Buffer, cuts: (length: number) => number): { data: Buffer; trailers: readonly HeaderEntry[] } {
  const decoder = new AwsChunkedDecoder();
  const data: Buffer[] = [];
  for (let at = 0; at < framed.length; ) {
    const next = Math.min(framed.length, at + Math.max(1, cuts(framed.length - at)));
    data.push(...decoder.push(framed.subarray(at, next)));
    at = next;
  }
  return { trailers: decoder.end(), data: Buffer.concat(data) };
}

const whole = (length: number) => length;

describe.skipIf(VECTORS_ABSENT)(
  `chunk signatures of the S3 documentation${VECTORS_ABSENT ? ` (${VECTORS_ABSENT})` : ''}`,
  () => {
    const cases = VECTORS_ABSENT ? [] : s3DocumentationCases().filter(({ chunkSignatures }) => chunkSignatures);
    it('are two', () => expect(cases).toHaveLength(2));
    it.each(cases.map((example) => [example.name, example] as const))('%s', (_, example) => {
      const signer = new ChunkSigner({ ...SEED, signature: example.signature });
      const chunks = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a'), Buffer.alloc(0)];
      expect(chunks.map((chunk) => signer.chunk(payloadHash(chunk)))).toEqual(example.chunkSignatures);
      if (example.trailer) expect(signer.trailer(`${example.trailer}\n`)).toBe(example.trailerSignature);
    });
    it('frames of the same body are as long as its content-length says', () => {
      expect(encodedLength(66_560, [])).toBe(66_824);
    });
  },
);

describe('encoder', () => {
  it.each([1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 17])(
    'frames %i bytes to the length foretold, and the decoder gives them back',
    (size) => {
      const random = prng(size);
      const body = Buffer.from(Array.from({ length: size }, () => random.int(256)));
      for (const trailers of [[], [['x-amz-checksum-crc32', 'AAAAAA==']] as HeaderEntry[]]) {
        const encoder = new AwsChunkedEncoder(SEED);
        const frames: Buffer[] = [];
        for (let at = 0; at < body.length; ) {
          const piece = 1 + random.int(100_000);
          frames.push(Buffer.concat(encoder.push(body.subarray(at, at + piece))));
          at += piece;
        }
        frames.push(...encoder.end(trailers));
        const framed = Buffer.concat(frames);
        const lengths = trailers.map(([name, value]) => ({ name: name.length, value: value.length }));
        expect(framed.length).toBe(encodedLength(size, lengths));
        const decoded = decode(framed, (length) => 1 + random.int(length));
        expect(decoded.data.equals(body)).toBe(true);
        expect(decoded.trailers).toEqual(trailers);
      }
    },
  );
});

describe('decoder', () => {
  it('takes unsigned chunks with a trailer, as SDKs send them over TLS', () => {
    const framed = Buffer.from('5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg==\r\n\r\n');
    const { data, trailers } = decode(framed, whole);
    expect(data.toString()).toBe('hello');
    expect(trailers).toEqual([['x-amz-checksum-crc32', 'NhCmhg==']]);
  });

  it.each([
    ['no size', 'x\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size past all bounds', `${'f'.repeat(12)}\r\n`],
    ['more data than said', '1\r\nab\r\n0\r\n\r\n'],
    ['less data than said', '5\r\nhell'],
    ['no last chunk', '5\r\nhello\r\n'],
    ['a trailer without a colon', '0\r\nx-amz-checksum\r\n\r\n'],
    ['something behind the end', '0\r\n\r\n5\r\nhello\r\n'],
    ['a line without an end', 'a'.repeat(5000)],
    ['nothing', ''],
  ])('refuses %s', (_, framed) => {
    expect(() => decode(Buffer.from(framed), whole)).toThrow(FramingError);
  });

  it(`never throws anything else, nor gives more than it got (seed ${FUZZ_SEED})`, () => {
    const random = prng(FUZZ_SEED);
    for (let i = 0; i < 5_000; i++) {
      const framed = hostile(random);
      try {
        const { data } = decode(framed, () => 1 + random.int(40));
        expect(data.length).toBeLessThanOrEqual(framed.length);
      } catch (error) {
        expect(error, `seed ${FUZZ_SEED}, case ${i}`).toBeInstanceOf(FramingError);
      }
    }
  });
});

describe('checksums', () => {
  // The check values of the CRC catalogue over "123456789".
  it.each<[ChecksumAlgorithm, string]>([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ])('%s over parts is that over the whole, as long as foretold', async (algorithm, hex) => {
    const checksum = createChecksum(algorithm);
    for (const part of ['123', '', '456789']) checksum.update(Buffer.from(part));
    const value = await checksum.digest();
    expect(Buffer.from(value, 'base64').toString('hex')).toBe(hex);
    expect(value).toHaveLength(checksumTrailer(algorithm).valueLength);
  });

  it("crc32 is zlib's", async () => {
    const checksum = createChecksum('crc32');
    checksum.update(Buffer.from('hello'));
    expect(Buffer.from(await checksum.digest(), 'base64').readUInt32BE()).toBe(crc32('hello'));
  });
});

function hostile(random: Prng): Buffer {
  const pieces = [
    '5\r\nhello\r\n',
    '0\r\n',
    '\r\n',
    'x-amz-checksum-crc32:AAAA\r\n',
    '5;chunk-signature=ab\r\n',
    'hello',
    '\n',
    '\r',
    'ffffffff\r\n',
    '\0',
  ];
  return Buffer.from(Array.from({ length: random.int(8) }, () => random.pick(pieces)).join(''), 'latin1');
}
