import { hash } from 'node:crypto';
import { decodeJwt } from 'jose/jwt/decode';
import { TokenError } from '../errors/index.ts';
import type { Claims } from './claims.ts';

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

/** What a token says of itself, not verified; an opaque token says nothing. */
export function tokenClaims(token: string): Claims {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

/**
 * When a token ends by its own `exp`, in milliseconds since the epoch. The claim need not be verified: it only shortens
 * how long STS's verdict is used.
 */
export function tokenExpiry({ exp }: Claims): number | undefined {
  return typeof exp === 'number' ? exp * 1000 : undefined;
}
