import { describe, expect, it } from 'vitest';
import { RouteConfigResolver, type SigningConfig } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { checksumHeaders, streamingTrailer } from '../../../src/signer/streaming-body.ts';
import { isUpload } from '../../../src/signer/upload.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';

const DATA = Buffer.from('123456789');
/** The check value of CRC-32C in base64. */
const CRC32C_OF_DATA = '4waSgw==';

const request = (method: string, path: string, headers: HeaderEntry[] = []) => ({
  ...{ method, path, authority: 'bucket.s3.us-east-1.amazonaws.com', headers },
});

describe('isUpload', () => {
  it.each(['/key', '/key?', '/key?x-id=PutObject', '/key?partNumber=1&uploadId=abc%3D', '/key?X-Amz-Signature=0'])(
    'is true of PUT %s',
    (path) => {
      expect(isUpload(request('PUT', path))).toBe(true);
      expect(isUpload(request('POST', path))).toBe(false);
    },
  );

  it.each(['/key?tagging', '/key?acl=', '/?policy', '/key?uploadId=a&tagging', '/key?legal-hold&x-id=Put'])(
    'is false of PUT %s, whose body is a document',
    (path) => {
      expect(isUpload(request('PUT', path))).toBe(false);
    },
  );
});

describe('the checksum that a route asks for', () => {
  const fields = { aws_region: 'us-east-1', aws_service: 's3', payload: 'streaming', trailer_checksum: 'crc32c' };
  const resolver = new RouteConfigResolver(parseServerFile('', 'f'));
  const config = resolver.resolve({ initialMetadata: JSON.stringify(fields) }) as SigningConfig;

  it('goes with an object: as a trailer behind frames, as a header of a whole body', async () => {
    expect(streamingTrailer(config, request('PUT', '/key'))).toMatchObject({
      from: 'route',
      name: 'x-amz-checksum-crc32c',
    });
    expect(await checksumHeaders(config, request('PUT', '/key'), DATA)).toEqual([
      ['x-amz-checksum-crc32c', CRC32C_OF_DATA],
    ]);
  });

  it.each([
    { what: 'a part, whose upload was created with another kind or none', path: '/key?partNumber=1&uploadId=a' },
    { what: 'a document', path: '/key?tagging' },
    { what: 'an object that has one', path: '/key', headers: [['x-amz-checksum-sha1', 'any']] satisfies HeaderEntry[] },
  ])('does not go with $what', async ({ path, headers }) => {
    expect(streamingTrailer(config, request('PUT', path, headers))).toBeUndefined();
    expect(await checksumHeaders(config, request('PUT', path, headers), DATA)).toEqual([]);
  });
});
