import type { WireRequest } from '../signing/index.ts';

/** Query parameters that a request for an object's data may have; any other one makes it a request of another kind. */
const OF_UPLOADS = new Set(['partNumber', 'uploadId', 'x-id']);

/**
 * Whether a request sends an object's data: PutObject or UploadPart, the only operations whose bodies S3 takes as
 * aws-chunked. A path-style CreateBucket looks the same, and its body is small.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export function isUpload({ method, path }: WireRequest): boolean {
  return method === 'PUT' && queryNames(path).every((name) => OF_UPLOADS.has(name) || /^x-amz-/i.test(name));
}

/** Whether it sends one part of several: a checksum on it has to be the one that the upload was created with. */
export function isUploadPart({ path }: WireRequest): boolean {
  return queryNames(path).includes('uploadId');
}

function queryNames(path: string): string[] {
  const questionMark = path.indexOf('?');
  if (questionMark < 0) return [];
  const pairs = path.slice(questionMark + 1).split('&');
  return pairs.filter((pair) => pair !== '').map((pair) => pair.split('=', 1)[0] ?? '');
}
