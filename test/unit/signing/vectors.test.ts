import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalHeaders } from '../../../src/signing/canonical-headers.ts';
import { canonicalPath } from '../../../src/signing/canonical-path.ts';
import { canonicalQuery } from '../../../src/signing/canonical-query.ts';
import {
  type Credentials,
  type HeaderEntry,
  payloadHash,
  type SigningParameters,
  serviceRules,
} from '../../../src/signing/index.ts';
import { inQuery } from '../../../src/signing/placement.ts';
import { schemeOf } from '../../../src/signing/scheme.ts';
import { canonicalRequest, stringToSign } from '../../../src/signing/stages.ts';
import {
  awsCAuthVectors,
  botocoreVectors,
  type SigningVector,
  type StagesOfVector,
  s3DocumentationCases,
  VECTORS_ABSENT,
} from '../../support/vectors.ts';

const KEYS: Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const TIMESTAMP = '20150830T123600Z';
const DATE = '20150830';

/**
 * Their raw path has blanks or bytes beyond ASCII, which no wire carries: they are fed as a client would send them,
 * percent-encoded, and read with the rule that decodes once.
 */
const UNENCODED_PATHS = new Set(['get-utf8', 'get-space-normalized', 'get-space-unnormalized', 'get-space']);

type Algorithm = SigningParameters['algorithm'];

const skipped = VECTORS_ABSENT ? ` (${VECTORS_ABSENT})` : '';

describe.skipIf(VECTORS_ABSENT)(`suites of SigV4 and SigV4A, stage by stage${skipped}`, () => {
  const suites: [name: string, Algorithm, () => SigningVector[], count: number][] = [
    ['aws-c-auth v4', 'sigv4', () => awsCAuthVectors('v4'), 38],
    ['aws-c-auth v4a', 'sigv4a', () => awsCAuthVectors('v4a'), 38],
    ['botocore', 'sigv4', botocoreVectors, 34],
  ];
  for (const [suite, algorithm, load, count] of suites) {
    const vectors = VECTORS_ABSENT ? [] : load();
    const named = vectors.map((vector) => [vector.name, vector] as const);
    it(`${suite} holds ${count} cases`, () => expect(vectors).toHaveLength(count));
    it.each(named)(`${suite}, in headers: %s`, (_, vector) => check(vector, algorithm, vector.inHeaders, false));
    const withQuery = named.filter(([, { inQuery }]) => inQuery);
    it.each(withQuery)(`${suite}, in the query: %s`, (_, vector) => check(vector, algorithm, vector.inQuery, true));
  }
});

describe.skipIf(VECTORS_ABSENT)(`examples of the S3 documentation${skipped}`, () => {
  const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  const cases = VECTORS_ABSENT ? [] : s3DocumentationCases();
  it.each(cases.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const s3 = parameters('sigv4', 's3');
    const headers = canonicalHeaders(Object.entries(example.headers));
    const canonical = canonicalRequest({
      method: example.method,
      path: canonicalPath(example.canonicalPath, s3.rules).canonical,
      query: example.canonicalQuery,
      headers: headers.canonical,
      signedHeaders: headers.signedHeaders,
      payloadHash: example.payloadHash,
    });
    const scheme = schemeOf(s3);
    const toSign = stringToSign(
      scheme.algorithm,
      '20130524T000000Z',
      scheme.credentialScope('20130524', s3),
      canonical,
    );
    expect(scheme.signature(keys, '20130524', s3, toSign)).toBe(example.signature);
  });
});

function check(
  vector: SigningVector,
  algorithm: Algorithm,
  expected: StagesOfVector | undefined,
  queryPlaced: boolean,
) {
  const { publicKey } = vector;
  const parametersOfCase = parameters(algorithm, 'service', vector, queryPlaced);
  const scheme = schemeOf(parametersOfCase);

  const canonical = canonicalRequestOf(vector, parametersOfCase, expected?.canonicalRequest ?? '');
  expect(canonical).toBe(expected?.canonicalRequest);
  const toSign = stringToSign(scheme.algorithm, TIMESTAMP, scheme.credentialScope(DATE, parametersOfCase), canonical);
  expect(toSign).toBe(expected?.stringToSign);
  const signature = scheme.signature(KEYS, DATE, parametersOfCase, toSign);
  if (publicKey) expect(isSignedBy(publicKey, toSign, signature)).toBe(true);
  else expect(signature).toBe(expected?.signature);
}

function canonicalRequestOf(vector: SigningVector, parametersOfCase: SigningParameters, expected: string): string {
  const unencoded = UNENCODED_PATHS.has(vector.name);
  const [path, query] = split(unencoded ? percentEncoded(vector.request.path) : vector.request.path);
  const rules = { ...parametersOfCase.rules, ...(unencoded && { pathEncoding: 'single' as const }) };
  const signed = expected.split('\n').at(-2)?.split(';') ?? [];
  const headers = canonicalHeaders(headersOf(vector, signed, expected));
  const added = parametersOfCase.queryExpiresSeconds
    ? inQuery.query(contextOf(vector, parametersOfCase), signed.join(';'))
    : undefined;
  return canonicalRequest({
    method: vector.request.method,
    path: canonicalPath(path, rules).canonical,
    query: canonicalQuery(percentEncoded(query), added).canonical,
    headers: headers.canonical,
    signedHeaders: headers.signedHeaders,
    payloadHash: payloadHash(Buffer.from(vector.request.body, 'latin1')),
  });
}

function contextOf({ sessionToken }: SigningVector, parametersOfCase: SigningParameters) {
  const scheme = schemeOf(parametersOfCase);
  const credentials = { ...KEYS, ...(sessionToken && { sessionToken }) };
  const scope = scheme.credentialScope(DATE, parametersOfCase);
  return { scheme, parameters: parametersOfCase, credentials, payloadHash: '', timestamp: TIMESTAMP, scope };
}

function parameters(
  algorithm: Algorithm,
  service: string,
  vector?: SigningVector,
  queryPlaced = false,
): SigningParameters {
  const rules = serviceRules(service);
  return {
    algorithm,
    region: 'us-east-1',
    service,
    rules: {
      ...rules,
      ...(vector && { pathNormalization: vector.normalize, unsignedQueryToken: vector.unsignedToken }),
    },
    signedHeaders: new Set(),
    ...(queryPlaced && { queryExpiresSeconds: 3600 }),
  };
}

const ADDED_BY_THE_SUITE = /^(?:x-amz-date|x-amz-security-token|x-amz-content-sha256|x-amz-region-set|content-length)$/;

/** The request's own headers of those that the suite signs, with what the suite's signer adds. */
function headersOf({ request }: SigningVector, signed: readonly string[], expected: string): HeaderEntry[] {
  const kept = request.headers.filter(([name]) => signed.includes(name));
  const added = signed.filter((name) => !kept.some((entry) => entry[0] === name));
  for (const name of added) expect(name).toMatch(ADDED_BY_THE_SUITE);
  const expectedValue = (name: string) =>
    expected
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1) ?? '';
  return [...kept, ...added.map((name): HeaderEntry => [name, expectedValue(name)])];
}

function isSignedBy({ X, Y }: { X: string; Y: string }, toSign: string, signature: string): boolean {
  const coordinate = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: coordinate(X), y: coordinate(Y) } });
  return verify('sha256', Buffer.from(toSign), key, Buffer.from(signature, 'hex'));
}

function split(target: string): [path: string, query: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function percentEncoded(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
