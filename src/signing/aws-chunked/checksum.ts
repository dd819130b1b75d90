import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';

/** Half of the AWS SDK comes with these: loaded by those alone who upload with such a checksum. */
const require = createRequire(import.meta.url);
const crc32c = () => require('@aws-crypto/crc32c') as typeof import('@aws-crypto/crc32c');
const crc64 = () => require('@aws-sdk/crc64-nvme') as typeof import('@aws-sdk/crc64-nvme');

export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme';

/** A checksum over a body as it passes. */
export interface Checksum {
  update(data: Uint8Array): void;
  /** Base64 of its bytes, most significant first. */
  digest(): Promise<string>;
}

/**
 * The trailer that carries a checksum: its name, and how long its base64 is.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checksumTrailer(algorithm: ChecksumAlgorithm): { name: string; valueLength: number } {
  return { name: `x-amz-checksum-${algorithm}`, valueLength: algorithm === 'crc64nvme' ? 12 : 8 };
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === 'crc64nvme') {
    const crc = new (crc64().Crc64Nvme)();
    return {
      update: (data) => crc.update(data),
      digest: async () => Buffer.from(await crc.digest()).toString('base64'),
    };
  }
  if (algorithm === 'crc32c') {
    const crc = new (crc32c().Crc32c)();
    return { update: (data) => void crc.update(data), digest: async () => base64(crc.digest()) };
  }
  let crc = 0;
  return {
    update(data) {
      crc = crc32(data, crc);
    },
    digest: async () => base64(crc),
  };
}

function base64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}
