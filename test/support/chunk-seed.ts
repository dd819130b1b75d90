import { signingKey } from '../../src/signing/signing-key.ts';

/** The keys of S3's documentation. */
const S3_KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** What signed chunks begin from. */
export const CHUNK_SEED = {
  signature: '0'.repeat(64),
  timestamp: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  signingKey: signingKey(S3_KEYS, '20130524', 'us-east-1', 's3'),
};
