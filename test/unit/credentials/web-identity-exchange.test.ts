import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from '../../../src/credentials/clock.ts';
import { Connections } from '../../../src/credentials/connections.ts';
import type { SessionRequest } from '../../../src/credentials/role-session.ts';
import { sessionCredentials } from '../../../src/credentials/session-credentials.ts';
import { StsClients } from '../../../src/credentials/sts-clients.ts';
import { asErrorAnswer } from '../../../src/credentials/sts-error-answer.ts';
import { stsError } from '../../../src/credentials/sts-errors.ts';
import { StsThread } from '../../../src/credentials/sts-thread/index.ts';
import { Turns } from '../../../src/credentials/turns.ts';
import { WebIdentityExchange } from '../../../src/credentials/web-identity-exchange.ts';

const ROLE = 'arn:aws:iam::123456789012:role/orders';
const SESSION: SessionRequest = { arn: ROLE, sessionName: 'orders' };
const TOKEN = 'aGVhZGVy.Y2xhaW1z.c2lnbmF0dXJl';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string | ((response: ServerResponse) => void);
}

let answer: Answer;
let seen: { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
const server = createServer(async (request, response) => {
  seen.push({ method: request.method, url: request.url, headers: request.headers, body: await text(request) });
  const { status = 200, headers = { 'x-amzn-requestid': 'a-1' }, body } = answer;
  response.writeHead(status, { 'content-type': 'text/xml', ...headers });
  if (typeof body === 'string') response.end(body);
  else body(response);
});
let url: string;
let connections: Connections;
let thread: StsThread;
let exchange: WebIdentityExchange;
let sdk: STSClient;
const clock = new Clock();

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  connections = new Connections({});
  thread = new StsThread(clock, new Turns());
  exchange = new WebIdentityExchange(new StsClients(connections, clock), thread);
  sdk = new STSClient({ region: 'eu-west-1', endpoint: url, maxAttempts: 1 });
});
afterEach(() => {
  seen = [];
});
afterAll(async () => {
  connections.close();
  thread.close();
  sdk.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function ours(session = SESSION, abort = new AbortController().signal) {
  return exchange.ask({ region: 'eu-west-1', url, fips: false, dualStack: false }, session, TOKEN, abort, false);
}

/** The reference. */
async function theirs({ arn, sessionName, durationSeconds, policy, policyArns }: SessionRequest = SESSION) {
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: arn,
    RoleSessionName: sessionName,
    WebIdentityToken: TOKEN,
    DurationSeconds: durationSeconds,
    Policy: policy,
    PolicyArns: policyArns?.map((policyArn) => ({ arn: policyArn })),
  });
  const { Credentials: given } = await sdk.send(command);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  return sessionCredentials(AccessKeyId, SecretAccessKey, SessionToken, Expiration?.getTime());
}

/** What a caller is told: the credentials, or the error with all that it answers. */
async function told(asked: Promise<object>): Promise<object> {
  try {
    return await asked;
  } catch (thrown) {
    const { name, code, status, message, sts } = stsError('AssumeRoleWithWebIdentity', ROLE, asErrorAnswer(thrown));
    return { name, code, status, message, sts };
  }
}

const CREDENTIALS = `<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey>\
<SessionToken>to/ken+==</SessionToken><Expiration>2030-01-02T03:04:05Z</Expiration></Credentials>`;
const OF_AWS = result(CREDENTIALS);

function result(inner: string): string {
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\
<AssumeRoleWithWebIdentityResult>${inner}</AssumeRoleWithWebIdentityResult>\
<ResponseMetadata><RequestId>a-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`;
}

function refusal(inner: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>${inner}</Error>\
<RequestId>a-1</RequestId></ErrorResponse>`;
}

describe('the same request as the SDK’s', () => {
  it.each<[string, Partial<SessionRequest>]>([
    ['plain', {}],
    ['with all that may be said', { durationSeconds: 900, policy: '{"Version":"2012-10-17"}', policyArns: ['a', 'b'] }],
    ['with characters that must be escaped', { sessionName: "a+b=c,d.e@f-!'()*", policy: '{"a": "ä€😀&=%\\n"}' }],
  ])('%s', async (_, parameters) => {
    answer = { body: OF_AWS };
    const session = { ...SESSION, ...parameters };
    await ours(session);
    await theirs(session);
    const [mine, reference] = seen.map(({ method, url, headers, body }) => ({
      ...{ method, url },
      type: headers['content-type'],
      host: headers.host,
      agent: headers['user-agent'],
      parameters: [...new URLSearchParams(body)].sort(),
    }));
    expect(mine).toEqual(reference);
    expect(mine?.parameters).toContainEqual(['WebIdentityToken', TOKEN]);
    expect(seen[0]?.headers['content-length']).toBe(String(seen[0]?.body.length));
  });
});

/** What holds credentials. */
const READ: [string, Answer][] = [
  ['AWS’s', { body: OF_AWS }],
  [
    'MinIO’s',
    {
      body: `<?xml version="1.0" encoding="UTF-8"?>\n${result(
        `<AssumedRoleUser><Arn></Arn><AssumeRoleId></AssumeRoleId></AssumedRoleUser>${CREDENTIALS}`,
      )}`,
    },
  ],
  ['a prologue, blanks, comments', { body: `<?xml version="1.0"?>\n<!-- a -->\n${spaced(OF_AWS)}\n<!-- b -->` }],
  ['a DOCTYPE', { body: `<!DOCTYPE a>${OF_AWS}` }],
  ['another root', { body: OF_AWS.replaceAll('AssumeRoleWithWebIdentityResponse', 'Answer') }],
  ['another order', { body: OF_AWS.replace(/(<Acc.*\/AccessKeyId>)(<Sec.*Key>)(<Ses.*\/SessionToken>)/, '$3$1$2') }],
  ['entities', { body: OF_AWS.replace('to/ken+==', '&amp;&lt;&gt;&quot;&apos;&#47;&#x2B;&amp;lt;&nope;&') }],
  ['CDATA', { body: OF_AWS.replace('to/ken+==', 'to<![CDATA[/k&amp;<e]]>n') }],
  ['a comment within a text', { body: OF_AWS.replace('to/ken', 'to<!-- </SessionToken> -->/ken') }],
  ['attributes', { body: OF_AWS.replace('<SessionToken>', `<SessionToken a = "x>y" b='"/>' >`) }],
  ['an empty element', { body: OF_AWS.replace('<Credentials>', '<Audience/><Provider /><Credentials>') }],
  ['characters beyond ASCII', { body: result(`<Audience>ä€😀</Audience>${CREDENTIALS.replace('to/ken', 'tökén')}`) }],
  ['a time with a fraction', { body: OF_AWS.replace('05Z', '05.678Z') }],
  ['a time with an offset', { body: OF_AWS.replace('05Z', '05+02:00') }],
];

/** What does not. */
const NOT_READ: [string, Answer][] = [
  ['a text before it', { body: `a${OF_AWS}` }],
  ['a prefix for a namespace', { body: OF_AWS.replaceAll(/(<\/?)(?=\w)/g, '$1sts:') }],
  ['a time that is none', { body: OF_AWS.replace('2030-01-02T03:04:05Z', '2030-01-02') }],
  ['a number for a time', { body: OF_AWS.replace('2030-01-02T03:04:05Z', '1893553445') }],
  ['no expiry', { body: OF_AWS.replace(/<Expiration>.*<\/Expiration>/, '') }],
  ['an empty secret', { body: OF_AWS.replace(SECRET, '') }],
  ['two access keys', { body: OF_AWS.replace('<AccessKeyId>', '<AccessKeyId>ASIAOTHER</AccessKeyId><AccessKeyId>') }],
  ['two of the credentials', { body: result(CREDENTIALS + CREDENTIALS) }],
  ['credentials at another place', { body: `<A>${CREDENTIALS}</A>` }],
  ['an error with status 200', { body: refusal('<Code>AccessDenied</Code><Message>no</Message>') }],
  ['nothing', { body: '' }],
  ['blanks alone', { body: ' \n' }],
  ['a text', { body: 'service unavailable' }],
  ['JSON', { body: '{"Credentials": {}}' }],
  ['truncated in a text', { body: OF_AWS.slice(0, OF_AWS.indexOf('ken')) }],
  ['truncated in a tag', { body: OF_AWS.slice(0, OF_AWS.indexOf('Token>') + 2) }],
  ['truncated in the last tag', { body: OF_AWS.slice(0, -1) }],
  ['ends that do not fit', { body: OF_AWS.replace('</Credentials>', '</Credential>') }],
  ['an error of the caller', { status: 400, body: error('ExpiredTokenException', 'Token expired: 1 &lt; 2') }],
  ['an error whose code is the wire’s', { status: 400, body: error('InvalidIdentityToken', 'no') }],
  ['an error of the identity provider', { status: 400, body: error('IDPCommunicationError', 'no') }],
  ['a rejected claim', { status: 403, body: error('IDPRejectedClaim', 'no') }],
  ['denied', { status: 403, body: error('AccessDenied', 'Not authorized') }],
  ['a parameter refused', { status: 400, body: error('ValidationError', "'durationSeconds' failed") }],
  ['a code that nobody knows', { status: 400, body: error('SomethingElse', 'no') }],
  ['throttled', { status: 400, body: error('Throttling', 'Rate exceeded') }],
  ['an error of STS', { status: 500, body: error('InternalFailure', 'no') }],
  [
    'MinIO’s error',
    { status: 400, body: refusal('<Type></Type><Code>InvalidParameterValue</Code><Message>x</Message>') },
  ],
  ['an error in pretty print', { status: 403, body: spaced(error('AccessDenied', 'no')) }],
  ['an error without a message', { status: 400, body: refusal('<Code>AccessDenied</Code>') }],
  ['an error without a code', { status: 400, body: refusal('<Message>no</Message>') }],
  ['two errors', { status: 400, body: refusal('<Code>A</Code></Error><Error><Code>B</Code>') }],
  ['an error as EC2 has it', { status: 400, body: '<R><Errors><Error><Code>AccessDenied</Code></Error></Errors></R>' }],
  ['an error that is not XML', { status: 403, body: 'Forbidden' }],
  ['an empty error', { status: 403, body: '' }],
  ['nothing at that address', { status: 404, body: '' }],
  ['a page of a gateway', { status: 502, body: '<html><head><title>502</title></head><body><hr></body></html>' }],
  ['such a page in well-formed XML', { status: 503, body: '<!DOCTYPE html>\n<html><body>busy</body></html>' }],
  ['sent elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: OF_AWS }],
  [
    'an id by another header',
    { status: 403, headers: { 'x-amz-request-id': 'b-2' }, body: error('AccessDenied', 'no') },
  ],
];

function error(code: string, message: string): string {
  return refusal(`<Type>Sender</Type><Code>${code}</Code><Message>${message}</Message>`);
}

function spaced(xml: string): string {
  return xml.replaceAll(/(<[^/][^>]*>)(?=<)/g, '$1\n  ').replaceAll(/(<\/[^>]*>)(?=<)/g, '$1\r\n\t');
}

describe('the same reading of an answer as the SDK’s', () => {
  it.each(READ)('%s', async (_, given) => {
    answer = given;
    const mine = await told(ours());
    expect(mine).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
    expect(mine).toEqual(await told(theirs()));
  });

  it.each(NOT_READ)('%s', async (_, given) => {
    answer = given;
    const mine = await told(ours());
    expect(mine).toMatchObject({ code: expect.stringMatching(/^SIGV4_/) });
    expect(mine).toEqual(await told(theirs()));
    expect(seen).toHaveLength(2);
  });
});

describe('an answer', () => {
  it.each([
    ['beyond all bounds', (response: ServerResponse) => response.end(' '.repeat(300 * 1024) + OF_AWS), /too large/],
    ['that breaks off', (response: ServerResponse) => response.write('<A>', () => response.destroy()), /aborted/],
  ])('%s is none', async (_, body, message) => {
    answer = { body: (response) => void body(response) };
    await expect(ours()).rejects.toThrow(message);
    expect(await told(ours())).toMatchObject({ code: 'SIGV4_STS_UNAVAILABLE', status: 503, sts: undefined });
  });

  it('in parts is put together', async () => {
    const whole = Buffer.from(OF_AWS.replace('to/ken', 'to/kén'));
    const within = whole.indexOf('é') + 1;
    answer = {
      body: (response) => {
        response.write(whole.subarray(0, within));
        setTimeout(() => response.end(whole.subarray(within)), 20);
      },
    };
    expect(await ours()).toMatchObject({ sessionToken: 'to/kén+==' });
  });

  it('tells the time, refusals too', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    answer = { status: 403, headers: { date }, body: error('AccessDenied', 'no') };
    await told(ours());
    expect(clock.offsetMs).toBeGreaterThan(3_500_000);
    answer = { body: OF_AWS };
    await ours();
    expect(clock.offsetMs).toBe(0);
  });

  it.each<[string, Answer]>([
    ['that cannot be read', { body: `<A>${SECRET}` }],
    ['that lacks a part', { body: result(`<Credentials><SecretAccessKey>${SECRET}</SecretAccessKey></Credentials>`) }],
    ['that is an error', { status: 400, body: `<A><SecretAccessKey>${SECRET}</SecretAccessKey></A>` }],
  ])('%s leaves nothing of itself in the error, nor of the token', async (_, given) => {
    answer = given;
    const thrown: unknown = await ours().catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(Error);
    for (let error = thrown; error instanceof Error; error = error.cause) {
      const all = `${error.stack} ${JSON.stringify(error)} ${Object.values(error)}`;
      for (const secret of [SECRET, TOKEN]) expect(all).not.toContain(secret);
    }
  });
});

describe('the signal', () => {
  it('ends an exchange that waits', async () => {
    answer = { body: () => undefined };
    const reason = new Error('enough');
    const abort = new AbortController();
    const asked = ours(SESSION, abort.signal);
    setTimeout(() => abort.abort(reason), 20);
    await expect(asked).rejects.toBe(reason);
  });

  it('ends one that has begun to be answered', async () => {
    answer = { body: (response) => void response.write('<A>') };
    const reason = new Error('enough');
    const abort = new AbortController();
    const asked = ours(SESSION, abort.signal);
    setTimeout(() => abort.abort(reason), 50);
    await expect(asked).rejects.toBe(reason);
  });

  it('that is over keeps one from being sent', async () => {
    const reason = new Error('late');
    await expect(ours(SESSION, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });
});
