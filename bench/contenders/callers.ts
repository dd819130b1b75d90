import type { NextRequest } from '../load.ts';
import { requestBytes } from '../request-bytes.ts';

/** The same for a whole run, so that a caller's token is. */
const EXPIRES = Math.floor(Date.now() / 1000) + 12 * 3600;
/** As long as one of RS256. */
const SIGNATURE = 'c2lnbmF0dXJl'.repeat(29).slice(0, 342);
const HEADER = encoded({ alg: 'RS256', kid: 'bench-1', typ: 'JWT' });

/** Route config of callers who assume a role with their own tokens. */
export const CALLER_ROUTE = { aws_assume_role_arn: 'arn:aws:iam::123456789012:role/bench' };

/**
 * A caller's token: in the form of a JWT of some 700 characters, each caller's own. Nobody verifies it here.
 * @param crowd callers of another crowd have other tokens
 */
export function tokenOf(caller: number, crowd: string): string {
  const payload = {
    iss: 'https://login.example.com/realms/bench',
    sub: `${crowd}-${caller}`,
    aud: 'sts.amazonaws.com',
    iat: 1_700_000_000,
    exp: EXPIRES,
    email: `${crowd}-${caller}@example.com`,
  };
  return `${HEADER}.${encoded(payload)}.${SIGNATURE}`;
}

/** A request of a caller's. */
export function requestOf(caller: number, crowd: string): Buffer {
  return requestBytes({
    path: '/prod/orders?page=2',
    headers: { accept: 'application/json', authorization: `Bearer ${tokenOf(caller, crowd)}` },
  });
}

/** Each caller once, from the first on. */
export function eachCaller(count: number, crowd: string): NextRequest {
  let next = 0;
  return () => (next < count ? requestOf(next++, crowd) : undefined);
}

/** Callers at random, all as likely, in the same order each time. */
export function anyCaller(count: number, crowd: string): NextRequest {
  let state = 1;
  return () => {
    // A full-period generator modulo 2³²; its upper bits choose.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return requestOf(Math.floor((state / 2 ** 32) * count), crowd);
  };
}

function encoded(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url');
}
