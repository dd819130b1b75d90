import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { TokenError } from '../errors/index.ts';

/** STS takes web identity tokens of 4 to 20,000 characters; header limits of proxies end at 16 KiB. */
const SHORTEST_TOKEN = 4;
const LONGEST_TOKEN = 16 * 1024;

/** RFC 6750 §2.1: `Bearer` and a token of its character set. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token in the value of an authorization header.
 * @throws TokenError SIGV4_TOKEN_INVALID if the value is anything else than one Bearer token
 */
export function bearerToken(value: string): string {
  const token = BEARER.exec(value.trim())?.[1];
  if (token === undefined) throw new TokenError('SIGV4_TOKEN_INVALID', 'the caller sent no Bearer token');
  if (token.length < SHORTEST_TOKEN || token.length > LONGEST_TOKEN) {
    throw new TokenError('SIGV4_TOKEN_INVALID', "the caller's token is too short or too long for STS");
  }
  return token;
}

/** What a token is kept under; the token itself is kept nowhere. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url');
}

/**
 * When a token ends by its own `exp`, in milliseconds since the epoch. The claim is not verified here: it only
 * shortens how long STS's verdict is used. An opaque token has none.
 */
export function tokenExpiry(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token);
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
