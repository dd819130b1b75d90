import { describe, expect, it } from 'vitest';
import { buildReport, type ClientRequest, hasFinding, parseAwsAnswer } from '../../../src/explain/index.ts';
import { CredentialStore, type Refused, verify } from '../../stand-in/index.ts';
import { refusalAnswer } from '../../stand-in/service-answers.ts';
import { clientOf, explained, type LeavingRequest, leaving, NOW, ROLE, signed } from './support.ts';

const BEARER = ['authorization', 'Bearer token-of-alice'] as const;
const ROUTE = { ...ROLE, override_target_host: 'aws.test' };
const CLIENT = clientOf(
  { method: 'POST', path: '/prod/orders?page=2&q=a+b', headers: [BEARER, ['content-type', 'text/plain']] },
  'hello',
);

interface Change {
  route?: object;
  client?: ClientRequest;
  /** What happens between Envoy and AWS. */
  onTheWay?: (request: LeavingRequest) => LeavingRequest;
  body?: string;
  /** What is given to explain instead of what was in force. */
  explainedRoute?: object;
  explainedClient?: ClientRequest;
}

/** Signs as the service, tampers on the way, has the stand-in refuse it, and explains its answer. */
async function report({ route = ROUTE, client = CLIENT, onTheWay = (r) => r, ...change }: Change) {
  const store = new CredentialStore();
  const expiration = new Date(NOW.getTime() + 3_600_000);
  const session = store.issueSession({ arn: 'arn:aws:sts::123456789012:assumed-role/orders/a' }, expiration);
  const wrongSecret = { ...session, secretAccessKey: 'not-the-one' };
  const { mutation } = await signed(route, client, { credentialsFor: () => wrongSecret });
  const { method, url, rawHeaders } = onTheWay(leaving(client, mutation));
  const body = change.body === undefined ? client.body : Buffer.from(change.body);
  const verdict = verify(method, url, rawHeaders, body, store, NOW);
  const answer = parseAwsAnswer(String(refusalAnswer(verdict as Refused).body));
  const explainedClient = change.explainedClient ?? client;
  // Explained a day later, with example keys: date, key id and token are AWS's own.
  const explanation = await explained(change.explainedRoute ?? route, explainedClient, {
    answer,
    now: new Date(NOW.getTime() + 86_400_000),
  });
  return buildReport({ explanation, client: explainedClient, choice: 'example', answer });
}

const inUrl = (from: string, to: string) => (request: LeavingRequest) => ({
  ...request,
  url: request.url.replace(from, to),
});
const inHeader = (name: string, value: string) => (request: LeavingRequest) => {
  const rawHeaders = [...request.rawHeaders];
  rawHeaders[rawHeaders.indexOf(name) + 1] = value;
  return { ...request, rawHeaders };
};

describe('AWS’s canonical form', () => {
  it('is ours where nothing happened on the way', async () => {
    const result = await report({});
    expect(result.aws?.comparison).toMatchObject({ equal: true });
    expect(result.aws?.comparison?.firstDifference).toBeUndefined();
    expect(result.aws?.comparison?.causes[0]).toContain('secret');
    expect(hasFinding(result)).toBe(false);
  });

  it('is ours in the query, too, and for S3', async () => {
    for (const route of [
      { ...ROUTE, sign_query: true },
      { ...ROUTE, aws_service: 's3', sign_query: true },
    ]) {
      const result = await report({ route });
      expect(result.aws?.comparison, JSON.stringify(result.aws)).toMatchObject({ equal: true });
    }
  });

  it.each<[string, Change, string, string]>([
    ['another method', { onTheWay: (r) => ({ ...r, method: 'GET' }) }, 'method', 'redirect'],
    ['a prefix cut off', { onTheWay: inUrl('/prod', '') }, 'path', 'prefix_rewrite'],
    [
      'slashes doubled',
      { route: { ...ROUTE, aws_service: 's3' }, onTheWay: inUrl('/prod', '//prod') },
      'path',
      'merge_slashes',
    ],
    ['the path encoded', { onTheWay: inUrl('orders', '%6Frders') }, 'path', 'KEEP_UNCHANGED'],
    [
      'the path encoded once more',
      { explainedRoute: { ...ROUTE, aws_service: 's3' }, client: clientOf({ path: '/a%20b', headers: [BEARER] }) },
      'path',
      'path_encoding',
    ],
    ['another path', { onTheWay: inUrl('/prod/orders', '/x') }, 'path', 'rewrites the path'],
    ['a plus for a blank', { onTheWay: inUrl('a%20b', 'a%2Bb') }, 'query', 'plus'],
    ['a parameter more', { onTheWay: inUrl('?', '?x=1&') }, 'query', 'added'],
    ['the client’s host', { onTheWay: inHeader('host', 'client.test') }, 'header host', 'mutation_rules'],
    ['a port', { onTheWay: inHeader('host', 'aws.test:8443') }, 'header host', 'Only the port'],
    ['another host', { onTheWay: inHeader('host', 'lb.test') }, 'header host', 'sign_host'],
    [
      'a header changed',
      { onTheWay: inHeader('content-type', 'text/html') },
      'header content-type',
      'request_headers_to_add',
    ],
    [
      'a header appended to',
      { onTheWay: inHeader('content-type', 'text/plain,text/html') },
      'header content-type',
      'appended',
    ],
    [
      'a header emptied',
      { onTheWay: inHeader('content-type', '') },
      'header content-type',
      'request_headers_to_remove',
    ],
    [
      'a header not given here',
      { explainedClient: clientOf({ ...CLIENT.request, headers: [BEARER] }, 'hello') },
      'header content-type',
      'has none',
    ],
    [
      'a header not signed there',
      { client: clientOf({ ...CLIENT.request, headers: [BEARER] }), explainedClient: CLIENT },
      'header content-type',
      'without content-type',
    ],
    [
      'a header that is not ours to sign',
      {
        route: { ...ROUTE, signed_headers: ['x-a'] },
        explainedRoute: ROUTE,
        client: clientOf({ headers: [BEARER, ['x-a', '1']] }),
      },
      'header x-a',
      'does not sign x-a',
    ],
    [
      'a body not given here',
      { explainedClient: clientOf({ ...CLIENT.request, headers: [BEARER, ['content-type', 'text/plain']] }) },
      'header x-amz-content-sha256',
      'has no body',
    ],
    [
      'another payload mode',
      { explainedRoute: { ...ROUTE, payload: 'unsigned' } },
      'header x-amz-content-sha256',
      'payload modes',
    ],
    ['another region', { explainedRoute: { ...ROUTE, aws_region: 'us-east-1' } }, 'scope', 'aws_region'],
    ['another service', { explainedRoute: { ...ROUTE, aws_service: 'lambda' } }, 'scope', 'aws_service'],
    [
      'no session token there',
      { route: { ...ROUTE, sign_query: true }, explainedRoute: ROUTE },
      'query',
      'not the one',
    ],
  ])('with %s differs from ours', async (_, change, name, cause) => {
    const result = await report(change);
    const { comparison } = result.aws ?? {};
    expect(comparison?.firstDifference?.name).toBe(name);
    expect(comparison?.causes.join('\n')).toContain(cause);
    expect(hasFinding(result)).toBe(true);
    expect(JSON.stringify(result)).not.toMatch(/token-of-alice|IQoJb3JpZ2lu|not-the-one|wJalrXUtnFEMI/);
  });

  it('with the signature that these keys make tells that AWS has another secret', async () => {
    const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'of-the-environment' };
    const credentialsFor = () => keys;
    const { stages } = await signed({}, clientOf(), { credentialsFor });
    const answerWith = (signature: string) =>
      parseAwsAnswer(
        `<Error><SignatureProvided>${signature}</SignatureProvided><CanonicalRequest>${stages.canonicalRequest}</CanonicalRequest></Error>`,
      );
    const causesFor = async (signature: string) => {
      const answer = answerWith(signature);
      const explanation = await explained({}, clientOf(), { answer, credentialsFor });
      return buildReport({ explanation, client: clientOf(), choice: 'env', answer }).aws?.comparison?.causes[0];
    };
    expect(await causesFor(stages.signedRequest.signature)).toContain('knows another secret');
    expect(await causesFor('00')).toMatch(/^The secret:/);
  });

  it('may be proven ours by its hash though copying damaged its text', async () => {
    const { stages } = await signed({}, clientOf());
    const answer = parseAwsAnswer(
      `<Error><CanonicalRequest>${stages.canonicalRequest.replaceAll('\n', ' \n ')}</CanonicalRequest>` +
        `<StringToSign>${stages.stringToSign}</StringToSign></Error>`,
    );
    const explanation = await explained({}, clientOf(), { answer });
    expect(explanation).toMatchObject({ comparison: { firstDifference: undefined, damaged: false } });
  });

  it('whose text was tampered with afterwards is told apart', async () => {
    const { stages } = await signed({}, clientOf());
    const canonicalRequest = stages.canonicalRequest.replace('GET', 'PUT');
    const answer = parseAwsAnswer(
      `<Error><CanonicalRequest>${canonicalRequest}</CanonicalRequest><StringToSign>${stages.stringToSign.slice(0, -1)}x</StringToSign></Error>`,
    );
    const explanation = await explained({}, clientOf(), { answer });
    expect(explanation).toMatchObject({ comparison: { damaged: true, firstDifference: { kind: 'method' } } });
  });
});
