import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  buildReport,
  type ClientRequest,
  parseAwsAnswer,
  parseCurl,
  parseHttpRequest,
  renderText,
} from '../../../src/explain/index.ts';
import { BASE, clientOf, explained, ROLE } from './support.ts';

const ORDERS = parseHttpRequest(
  Buffer.from(`POST /prod/orders?page=2&sort=a+b HTTP/1.1
host: gateway.example
authorization: Bearer token-of-alice
content-type: application/json

{"item": "tea"}`),
);
const UPLOAD = parseCurl(`curl -X PUT 'https://gateway.example/notes//caf%c3%a9.txt' --data-binary @file`, () =>
  Buffer.alloc(70_000, 'a'),
);
const HOST = { override_target_host: 'abc123.execute-api.eu-west-1.amazonaws.com' };
/** API Gateway's answer to a request whose path came to it as `path`. */
function refusalOf(path: string): string {
  const canonical = `POST
${path}
page=2&sort=a%20b
content-type:application/json
host:abc123.execute-api.eu-west-1.amazonaws.com
x-amz-content-sha256:d37bf1d5cdb95fa3917face7bebbecbb2b9c20339ca446e986fa0307a1227f6d
x-amz-date:20261122T095959Z
x-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE

content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token
d37bf1d5cdb95fa3917face7bebbecbb2b9c20339ca446e986fa0307a1227f6d`;
  const scope = '20261122/eu-west-1/execute-api/aws4_request';
  const toSign = `AWS4-HMAC-SHA256\n20261122T095959Z\n${scope}\n${hash('sha256', canonical)}`;
  const message = `The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.

The Canonical String for this request should have been
'${canonical}'

The String-to-Sign should have been
'${toSign}'
`;
  return JSON.stringify({ message });
}

async function text(fields: object, client: ClientRequest, answerText?: string): Promise<string> {
  const answer = answerText === undefined ? undefined : parseAwsAnswer(answerText);
  const explanation = await explained(fields, client, answer && { answer });
  return renderText(buildReport({ explanation, client, choice: 'example', ...(answer && { answer }) }), (_, t) => t);
}

describe('what a person reads', () => {
  it.each<[string, object, ClientRequest, string?]>([
    ['caller', { ...ROLE, ...HOST }, ORDERS],
    ['query', { sign_query: true, sign_host: 'aws.test' }, clientOf({ path: '/a' })],
    ['streaming', { aws_service: 's3', payload: 'streaming', trailer_checksum: 'crc32' }, UPLOAD],
    ['refused', { ...ROLE, ...HOST }, clientOf()],
    ['passed', { ...ROLE, on_missing_token: 'pass' }, clientOf()],
    ['difference', { ...ROLE, ...HOST }, ORDERS, refusalOf('/orders')],
    ['equal', { ...ROLE, ...HOST }, ORDERS, refusalOf('/prod/orders')],
    ['forbidden', BASE, clientOf(), '{"message":"Forbidden"}'],
  ])('of %s', async (name, fields, client, answer) => {
    const output = await text(fields, client, answer);
    expect(output).not.toMatch(/[ \t]$/m);
    await expect(output).toMatchFileSnapshot(`golden/${name}.txt`);
  });
});

it('is in docs/explain.md as it is', async () => {
  const page = readFileSync(new URL('../../../docs/explain.md', import.meta.url), 'utf8');
  const output = await text({ ...ROLE, ...HOST }, ORDERS, refusalOf('/orders'));
  for (const section of output.trim().split('\n\n')) expect(page).toContain(section);
});
