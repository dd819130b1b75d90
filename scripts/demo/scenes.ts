import { ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from '../../test/stand-in/demo-config.ts';

export { ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE };

export const ORDERS_HOST = 'orders.execute-api.us-east-1.amazonaws.com';
export const REPORTS_HOST = 'reports.execute-api.us-east-1.amazonaws.com';

/** A token that the client carries; each (sub, kind) is fetched once from the issuer. */
export interface TokenWish {
  sub: string;
  kind: 'good' | 'expired' | 'wrong-key';
}

/** What AWS has to see for a request to count as properly signed. */
export interface SignedExpectation {
  role: string;
  subject?: string;
  host: string;
  /** The number of the scene whose access key is used again. */
  sameKeyAs?: number;
}

/** `none`: not asked; `down`: does not answer; else its one call. */
export type StsExpectation = 'none' | 'down' | { action: string; outcome: string };

export interface Scene {
  /** Printed above the scene that begins a group. */
  heading?: string;
  title: string;
  /** Whether it goes through Envoy, or around it to AWS. */
  via: 'envoy' | 'aws';
  method: string;
  path: string;
  token?: TokenWish;
  headers?: Record<string, string>;
  body?: string;
  /** From this scene on STS is stopped. */
  stopsSts?: boolean;
  status: number;
  /** Of the signer's answer, where it refuses. */
  code?: string;
  sts: StsExpectation;
  /** Absent: AWS is to receive nothing, or to refuse what went around Envoy. */
  signed?: SignedExpectation;
}

const withWebIdentity = (outcome: string): StsExpectation => ({ action: 'AssumeRoleWithWebIdentity', outcome });

const alice: TokenWish = { sub: 'alice', kind: 'good' };
const read = { via: 'envoy', method: 'GET', path: '/orders?page=2' } as const;
const asAlice = { role: ORDERS_CALLER_ROLE, subject: 'alice', host: ORDERS_HOST };

/** What an AWS SDK sends that was given keys which mean nothing. */
const dummySignature = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=AKIDUMMY/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
  'x-amz-date': '20260101T000000Z',
  'x-amz-security-token': 'dummy',
};

/** The requests of the demo, in order. */
export const SCENES: readonly Scene[] = [
  {
    ...read,
    title: 'Alice goes to AWS without the gateway',
    via: 'aws',
    token: alice,
    status: 403,
    sts: 'none',
  },
  {
    ...read,
    heading: 'SIGNED',
    title: 'Alice goes through Envoy, same request',
    token: alice,
    status: 200,
    sts: withWebIdentity('ok'),
    signed: asAlice,
  },
  {
    ...read,
    title: 'Alice again',
    token: alice,
    status: 200,
    sts: 'none',
    signed: { ...asAlice, sameKeyAs: 2 },
  },
  {
    ...read,
    title: 'Bob, same route',
    token: { sub: 'bob', kind: 'good' },
    status: 200,
    sts: withWebIdentity('ok'),
    signed: { ...asAlice, subject: 'bob' },
  },
  {
    title: 'Alice places an order',
    via: 'envoy',
    method: 'POST',
    path: '/orders',
    token: alice,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ item: 'crème brûlée', quantity: 2 }),
    status: 200,
    sts: 'none',
    signed: { ...asAlice, sameKeyAs: 2 },
  },
  {
    title: 'A batch job, whose AWS SDK has dummy keys',
    via: 'envoy',
    method: 'GET',
    path: '/reports/2026?format=csv',
    headers: dummySignature,
    status: 200,
    sts: { action: 'AssumeRole', outcome: 'ok' },
    signed: { role: REPORTS_WORKLOAD_ROLE, host: REPORTS_HOST },
  },
  {
    ...read,
    heading: 'REFUSED, AND NOTHING LEAVES',
    title: "Mallory, with a token in Alice's name that she signed herself",
    token: { sub: 'alice', kind: 'wrong-key' },
    status: 401,
    code: 'SIGV4_TOKEN_INVALID',
    sts: withWebIdentity('InvalidIdentityToken'),
  },
  {
    ...read,
    title: 'Alice, with a token that has expired',
    token: { sub: 'alice', kind: 'expired' },
    status: 401,
    code: 'SIGV4_TOKEN_EXPIRED',
    sts: 'none',
  },
  { ...read, title: 'Somebody, with no token', status: 401, code: 'SIGV4_TOKEN_MISSING', sts: 'none' },
  {
    title: 'Alice, on a route that nobody configured',
    via: 'envoy',
    method: 'GET',
    path: '/legacy',
    token: alice,
    status: 500,
    code: 'SIGV4_ROUTE_NOT_CONFIGURED',
    sts: 'none',
  },
  {
    ...read,
    heading: 'STS IS DOWN',
    title: 'Carol, whom the signer has not seen before',
    token: { sub: 'carol', kind: 'good' },
    stopsSts: true,
    status: 503,
    code: 'SIGV4_STS_UNAVAILABLE',
    sts: 'down',
  },
  {
    ...read,
    title: 'Alice, whose session is in the cache',
    token: alice,
    status: 200,
    sts: 'none',
    signed: { ...asAlice, sameKeyAs: 2 },
  },
];
