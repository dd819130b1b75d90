import { describe, expect, it } from 'vitest';
import { canonicalHeaders } from '../../../src/signing/canonical-headers.ts';
import { canonicalPath } from '../../../src/signing/canonical-path.ts';
import { canonicalQuery } from '../../../src/signing/canonical-query.ts';
import type { Credentials, HeaderEntry, ServiceRules } from '../../../src/signing/index.ts';
import { payloadHash, serviceRules } from '../../../src/signing/index.ts';
import { signingKey } from '../../../src/signing/signing-key.ts';
import { canonicalRequest, signature, stringToSign } from '../../../src/signing/stages.ts';
import {
  awsCAuthVectors,
  botocoreVectors,
  type SigV4Vector,
  s3DocumentationCases,
  VECTORS_ABSENT,
} from '../../support/vectors.ts';

const CREDENTIALS: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const DATE = '20150830T123600Z';
const SCOPE = '20150830/us-east-1/service/aws4_request';

/**
 * Their raw path has blanks or bytes beyond ASCII, which no wire carries: they are fed as a client would send them,
 * percent-encoded, and read with the rule that decodes once.
 */
const UNENCODED_PATHS = new Set(['get-utf8', 'get-space-normalized', 'get-space-unnormalized', 'get-space']);

describe.skipIf(VECTORS_ABSENT)(
  `SigV4 test suites, stage by stage${VECTORS_ABSENT ? ` (${VECTORS_ABSENT})` : ''}`,
  () => {
    const suites: [string, () => SigV4Vector[], number][] = [
      ['aws-c-auth', awsCAuthVectors, 38],
      ['botocore', botocoreVectors, 34],
    ];
    for (const [suite, load, count] of suites) {
      const vectors = VECTORS_ABSENT ? [] : load();
      it(`${suite} holds ${count} cases`, () => expect(vectors).toHaveLength(count));
      it.each(vectors.map((vector) => [vector.name, vector] as const))(`${suite}: %s`, (_, vector) => {
        const canonical = canonicalRequestOf(vector);
        expect(canonical).toBe(vector.canonicalRequest);
        const toSign = stringToSign(DATE, SCOPE, canonical);
        expect(toSign).toBe(vector.stringToSign);
        const key = signingKey(CREDENTIALS, '20150830', 'us-east-1', 'service');
        expect(signature(key, toSign)).toBe(vector.signature);
      });
    }
  },
);

describe.skipIf(VECTORS_ABSENT)(
  `examples of the S3 documentation${VECTORS_ABSENT ? ` (${VECTORS_ABSENT})` : ''}`,
  () => {
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    const cases = VECTORS_ABSENT ? [] : s3DocumentationCases();
    it.each(cases.map((example) => [example.name, example] as const))('%s', (_, example) => {
      const headers = canonicalHeaders(Object.entries(example.headers));
      const canonical = canonicalRequest({
        method: example.method,
        path: canonicalPath(example.canonicalPath, serviceRules('s3')).canonical,
        query: example.canonicalQuery,
        headers: headers.canonical,
        signedHeaders: headers.signedHeaders,
        payloadHash: example.payloadHash,
      });
      const toSign = stringToSign('20130524T000000Z', '20130524/us-east-1/s3/aws4_request', canonical);
      expect(signature(signingKey(credentials, '20130524', 'us-east-1', 's3'), toSign)).toBe(example.signature);
    });
  },
);

function canonicalRequestOf({ name, request, normalize, canonicalRequest: expected }: SigV4Vector): string {
  const unencoded = UNENCODED_PATHS.has(name);
  const [path = '', query = ''] = split(unencoded ? percentEncoded(request.path) : request.path);
  const rules: ServiceRules = {
    ...serviceRules('service'),
    pathEncoding: unencoded ? 'single' : 'double',
    pathNormalization: normalize,
  };
  const signed = expected.split('\n').at(-2)?.split(';') ?? [];
  const headers = canonicalHeaders(headersOf(request.headers, signed, expected));
  return canonicalRequest({
    method: request.method,
    path: canonicalPath(path, rules).canonical,
    query: canonicalQuery(percentEncoded(query)).canonical,
    headers: headers.canonical,
    signedHeaders: headers.signedHeaders,
    payloadHash: payloadHash(Buffer.from(request.body, 'latin1')),
  });
}

/** The request's own headers of those that the suite signs, with what the suite's signer adds. */
function headersOf(client: readonly HeaderEntry[], signed: readonly string[], expected: string): HeaderEntry[] {
  const kept = client.filter(([name]) => signed.includes(name));
  const added = signed.filter((name) => !kept.some((entry) => entry[0] === name));
  expect(
    added.every((name) =>
      ['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256', 'content-length'].includes(name),
    ),
  ).toBe(true);
  const values = new Map(
    expected.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
  return [...kept, ...added.map((name): HeaderEntry => [name, values.get(name) ?? ''])];
}

function split(target: string): [path: string, query: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function percentEncoded(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
