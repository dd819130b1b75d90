export const SCOPE_TERMINATOR = 'aws4_request';

export const HEADER_AUTHORIZATION = 'authorization';
export const HEADER_DATE = 'x-amz-date';
export const HEADER_SECURITY_TOKEN = 'x-amz-security-token';
export const HEADER_CONTENT_SHA256 = 'x-amz-content-sha256';
export const HEADER_REGION_SET = 'x-amz-region-set';
export const HEADER_S3_SESSION_TOKEN = 'x-amz-s3session-token';

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** SHA-256 of nothing. */
export const EMPTY_PAYLOAD_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What a client may have sent of a signature of its own; none of it survives. */
export const CLIENT_SIGNATURE_HEADERS: ReadonlySet<string> = new Set([
  HEADER_AUTHORIZATION,
  HEADER_DATE,
  HEADER_SECURITY_TOKEN,
  HEADER_CONTENT_SHA256,
  HEADER_REGION_SET,
  HEADER_S3_SESSION_TOKEN,
]);

/** The same in the query, compared in lower case. */
export const CLIENT_SIGNATURE_QUERY: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'x-amz-region-set',
]);
