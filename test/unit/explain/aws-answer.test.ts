import { describe, expect, it } from 'vitest';
import { awsErrorOf } from '../../../src/explain/aws-codes.ts';
import { buildReport, parseAwsAnswer } from '../../../src/explain/index.ts';
import { clientOf, explained } from './support.ts';

const CANONICAL = `GET
/a

host:aws.test
x-amz-date:20261122T101112Z

host;x-amz-date
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`;
const TO_SIGN = `AWS4-HMAC-SHA256
20261122T101112Z
20261122/eu-west-1/execute-api/aws4_request
e1c9cbbf1f1a97cbb2b5e0d1b4ae8db9f0a1a6a9ce4bd6a4a8d4a6a1a5a4a3a2`;
const MESSAGE = `The request signature we calculated does not match the signature you provided. Consult the service documentation for details.

The Canonical String for this request should have been
'${CANONICAL}'

The String-to-Sign should have been
'${TO_SIGN}'
`;
const BYTES = Buffer.from(CANONICAL).toString('hex').replace(/../g, '$& ').trim();

describe('the canonical form in an answer', () => {
  it.each<[string, string]>([
    [
      'S3’s XML',
      `<?xml version="1.0"?>\n<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>${CANONICAL}</CanonicalRequest><StringToSign>${TO_SIGN}</StringToSign></Error>`,
    ],
    [
      'S3’s XML, its bytes before its text',
      `<Error><CanonicalRequest>GET /a</CanonicalRequest><StringToSign>${TO_SIGN}</StringToSign><CanonicalRequestBytes>${BYTES}</CanonicalRequestBytes></Error>`,
    ],
    [
      'S3’s XML, set out anew',
      `<Error>\n  <CanonicalRequest>\n${CANONICAL}\n  </CanonicalRequest>\n  <StringToSign>\n${TO_SIGN}\n</StringToSign>\n</Error>`,
    ],
    ['the message of JSON', JSON.stringify({ message: MESSAGE })],
    [
      'the Message of XML',
      `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>${MESSAGE.replaceAll("'", '&apos;')}</Message></Error></ErrorResponse>`,
    ],
    [
      'an answer with its headers',
      `HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: InvalidSignatureException\r\n\r\n${JSON.stringify({ message: MESSAGE })}`,
    ],
    ['what an SDK prints', `InvalidSignatureException: ${MESSAGE}    at deserialize (file.js:1:2)`],
    ['a line of a log', `ERROR {"level":"error", message: "${MESSAGE.replaceAll('\n', '\\n')}"`],
  ])('is read from %s', (_, text) => {
    expect(parseAwsAnswer(text)).toMatchObject({ canonicalRequest: CANONICAL, stringToSign: TO_SIGN });
  });

  it('is compared though its blank lines got lost', async () => {
    const text = `<Error><CanonicalRequest>${CANONICAL.replaceAll('\n\n', '\n')}</CanonicalRequest></Error>`;
    const explanation = await explained({ override_target_host: 'aws.test' }, clientOf({ path: '/b' }), {
      answer: parseAwsAnswer(text),
    });
    expect(explanation).toMatchObject({ comparison: { firstDifference: { kind: 'path', ours: '/b', aws: '/a' } } });
    const lines = explanation.outcome === 'signed' ? explanation.comparison?.lines : [];
    expect(lines?.filter(({ same }) => same).map(({ name }) => name)).toContain('query');
    expect(lines?.filter(({ same }) => same).map(({ name }) => name)).toContain('header host');
  });

  it('sets the date that is compared', async () => {
    const answer = parseAwsAnswer(JSON.stringify({ message: MESSAGE.replaceAll('20261122T', '20200101T') }));
    const explanation = await explained({}, clientOf(), { answer });
    expect(explanation).toMatchObject({ stages: { signedRequest: { timestamp: '20200101T101112Z' } } });
  });
});

describe('an answer', () => {
  it.each<[string, string]>([
    ['{"message":"Missing Authentication Token"}', 'no such method and path'],
    ['{"message":"Forbidden"}', 'without saying why'],
    ['{"Message":"Forbidden"}', 'without saying why'],
    ['{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"x"}', 'does not know the access key'],
    ['{"__type":"ExpiredTokenException"}', 'expired'],
    [
      '{"message":"Signature expired: 2026 is now earlier than 2027","__type":"InvalidSignatureException"}',
      'too far from the time',
    ],
    [
      '{"message":"Credential should be scoped to a valid region.","__type":"InvalidSignatureException"}',
      'another region or service',
    ],
    [
      '{"message":"User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: execute-api:Invoke"}',
      'The signature is good',
    ],
    [
      '{"message":"The security token included in the request is invalid.","code":"InvalidClientTokenId"}',
      'does not know the access key',
    ],
    ['<ErrorResponse><Error><Code>IncompleteSignature</Code></Error></ErrorResponse>', 'cannot read'],
    ['<Error><Code>SignatureDoesNotMatch</Code></Error>', 'another signature'],
    ['{"__type":"InvalidSignatureException"}', 'another signature'],
    ['<Error><Code>RequestTimeTooSkewed</Code></Error>', 'too far from the time'],
    ['<Error><Code>InvalidAccessKeyId</Code></Error>', 'does not know the access key'],
    ['<Error><Code>MissingAuthenticationToken</Code></Error>', 'without a signature'],
    ['<Error><Code>AccessDenied</Code></Error>', 'permissions'],
    ['<Error><Code>XAmzContentSHA256Mismatch</Code></Error>', 'not the one that was hashed'],
    ['<Error><Code>AuthorizationHeaderMalformed</Code></Error>', 'another region or service'],
    [
      '<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message><Header>Transfer-Encoding</Header></Error>',
      'unknown length',
    ],
    ['HTTP/2 403\nx-amzn-errortype: AccessDeniedException:http://internal/\n\n{"x":1}', 'permissions'],
  ])('%s is understood', (text, meaning) => {
    expect(awsErrorOf(parseAwsAnswer(text))?.meaning).toContain(meaning);
  });

  it.each(['<Error><Code>NoSuchBucket</Code></Error>', '{"message":"Not Found"}', 'hello', '{', '<'])(
    '%s is not taken for one of signatures',
    (text) => {
      expect(awsErrorOf(parseAwsAnswer(text))).toBeUndefined();
    },
  );

  const remediesOf = async (text: string) => {
    const answer = parseAwsAnswer(text);
    const client = clientOf();
    const explanation = await explained({}, client, { answer });
    return buildReport({ explanation, client, choice: 'example', answer }).aws?.remedies.join('\n');
  };

  it('names the region, the service or the skew where it knows them', async () => {
    const malformed = "the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    const error = (inner: string) => `<Error>${inner}</Error>`;
    expect(
      await remediesOf(error(`<Code>AuthorizationHeaderMalformed</Code><Message>${malformed}</Message>`)),
    ).toContain('aws_region: eu-west-1');
    expect(await remediesOf(`{"message":"Credential should be scoped to correct service: 'es'."}`)).toContain(
      'aws_service: es',
    );
    const skewed = '<RequestTime>20261122T100000Z</RequestTime><ServerTime>2026-11-22T10:20:30Z</ServerTime>';
    expect(await remediesOf(error(`<Code>RequestTimeTooSkewed</Code>${skewed}`))).toContain('1230 seconds behind');
  });

  it('of a mismatch without canonical form says where to find it', async () => {
    expect(await remediesOf('{"__type":"InvalidSignatureException","message":"x"}')).toContain('nothing to compare');
  });
});
