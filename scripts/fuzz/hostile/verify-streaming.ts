import { createHash, createHmac } from 'node:crypto';
import { DEMO_WORKLOAD } from '../../../test/stand-in/demo-config.ts';
import { parseClaims } from '../../../test/stand-in/sigv4-authorization.ts';
import { canonicalHeaders, canonicalPath, canonicalQuery } from '../../../test/stand-in/sigv4-canonical.ts';

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const CHUNK = /^([0-9a-f]+);chunk-signature=([0-9a-f]{64})\r\n/;

/**
 * Verifies a request to S3 whose body is signed chunk by chunk, from its wire form alone; shares nothing with the signer.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @returns what is wrong; undefined where nothing is
 */
export function verifyStreaming(
  method: string,
  target: string,
  rawHeaders: readonly string[],
  body: Buffer,
): string | undefined {
  const [path = '', query = ''] = splitOnce(target, '?');
  const claims = parseClaims(query, rawHeaders);
  const { block } = canonicalHeaders(rawHeaders, claims.signedHeaders);
  const header = (name: string) => canonicalHeaders(rawHeaders, [name]).block.slice(name.length + 1, -1);
  const hash = header('x-amz-content-sha256');
  const canonical = [method, canonicalPath(path, 'decode-once'), canonicalQuery(claims.query), block];
  const canonicalRequest = [...canonical, claims.signedHeaders.join(';'), hash].join('\n');
  const scope = `${claims.scopeDate}/${claims.region}/${claims.service}/aws4_request`;
  const key = [claims.scopeDate, claims.region, claims.service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${DEMO_WORKLOAD.secretAccessKey}`,
  );
  const sign = (algorithm: string, rest: string) =>
    createHmac('sha256', key).update(`${algorithm}\n${claims.amzDate}\n${scope}\n${rest}`).digest('hex');
  const seed = sign('AWS4-HMAC-SHA256', sha256(Buffer.from(canonicalRequest, 'latin1')));
  if (seed !== claims.signature) return 'the signature of the headers of a streamed body is wrong';
  if (Number(header('content-length')) !== body.length) return 'a streamed body is not as long as its content-length';
  return chunkProblem(body, seed, sign, Number(header('x-amz-decoded-content-length')), hash.endsWith('-TRAILER'));
}

function chunkProblem(
  body: Buffer,
  seed: string,
  sign: (algorithm: string, rest: string) => string,
  decodedLength: number,
  hasTrailer: boolean,
): string | undefined {
  let previous = seed;
  let data = 0;
  for (let at = 0; ; ) {
    const [line = '', hex = '', signature = ''] = CHUNK.exec(body.toString('latin1', at, at + 200)) ?? [];
    if (line === '') return 'a chunk has no signature';
    const size = Number.parseInt(hex, 16);
    const from = at + line.length;
    const chunk = body.subarray(from, from + size);
    previous = sign('AWS4-HMAC-SHA256-PAYLOAD', `${previous}\n${EMPTY_HASH}\n${sha256(chunk)}`);
    if (previous !== signature) return 'the signature of a chunk is wrong';
    data += size;
    at = from + size;
    if (size === 0) {
      if (data !== decodedLength) return 'x-amz-decoded-content-length is wrong';
      return endProblem(body.toString('latin1', at), previous, sign, hasTrailer);
    }
    if (body.toString('latin1', at, at + 2) !== '\r\n') return 'a chunk is longer than it says';
    at += 2;
  }
}

function endProblem(
  end: string,
  previous: string,
  sign: (algorithm: string, rest: string) => string,
  hasTrailer: boolean,
): string | undefined {
  if (!hasTrailer) return end === '\r\n' ? undefined : 'something follows the last chunk';
  const [, trailer = '', signature] = /^([^\r]+)\r\nx-amz-trailer-signature:([0-9a-f]{64})\r\n\r\n$/.exec(end) ?? [];
  const expected = sign('AWS4-HMAC-SHA256-TRAILER', `${previous}\n${sha256(Buffer.from(`${trailer}\n`, 'latin1'))}`);
  return signature === expected ? undefined : 'the signature of the trailer is wrong';
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
