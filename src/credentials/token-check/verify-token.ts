import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { TokenIssuer } from '../../config/index.ts';
import { TokenError } from '../../errors/index.ts';
import type { KeySet } from './issuer-keys.ts';

const COMPACT_JWT = /^[\w-]+\.[\w-]+\.([\w-]+)$/;
/** Keys that one token is tried with, where its header names none: an issuer's list must not make each try dear. */
const MOST_TRIES = 16;

/** What a token says of itself before anything is proven. */
export interface Announced {
  readonly issuer: unknown;
  readonly algorithm: unknown;
}

/** @throws TokenError SIGV4_TOKEN_INVALID for what is no JWT, or one with extensions that must be understood */
export function announced(token: string): Announced {
  const signature = COMPACT_JWT.exec(token)?.[1];
  // Else several texts would have the same signature: base64url's last character may hold bits that count for nothing.
  if (signature === undefined || Buffer.from(signature, 'base64url').toString('base64url') !== signature) {
    throw invalid('is not a signed JWT');
  }
  try {
    const { alg, crit } = decodeProtectedHeader(token);
    if (crit === undefined) return { issuer: decodeJwt(token).iss, algorithm: alg };
  } catch {
    throw invalid('is not a signed JWT');
  }
  throw invalid('has critical extensions in its header');
}

/**
 * The claims of a token whose signature, issuer, audience and times are right.
 * @param now milliseconds since the epoch
 * @throws what jose throws
 */
export async function verifiedClaims(
  token: string,
  issuer: TokenIssuer,
  { find }: KeySet,
  now: number,
  toleranceSeconds: number,
): Promise<JWTPayload> {
  const options: JWTVerifyOptions = {
    issuer: issuer.issuer,
    audience: [...issuer.audiences],
    algorithms: [...issuer.algorithms],
    requiredClaims: ['exp', ...issuer.requiredClaims],
    clockTolerance: toleranceSeconds,
    currentDate: new Date(now),
  };
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tries = 0;
    for await (const key of error) {
      if (++tries > MOST_TRIES) break;
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** The issuer has no such key, as far as is known. */
export function isKeyUnknown(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey;
}

/** The key does not fit: the token is forged, or names no key or one whose name was given to another. */
export function isSignatureWrong(error: unknown): boolean {
  return error instanceof errors.JWSSignatureVerificationFailed;
}

/** jose's verdict as the caller is told it, in words that hold nothing of the token. */
export function refusal(error: unknown): TokenError {
  if (error instanceof errors.JWTExpired)
    return new TokenError('SIGV4_TOKEN_EXPIRED', "the caller's token has expired");
  if (error instanceof errors.JWTClaimValidationFailed) return invalid(claimProblem(error));
  if (isKeyUnknown(error) || isSignatureWrong(error)) return invalid("fits none of its issuer's keys");
  // jose's own errors may carry claims; any other is about the key, too short for instance.
  return error instanceof errors.JOSEError
    ? invalid('cannot be verified')
    : invalid("cannot be verified with its issuer's keys", error);
}

export function invalid(what: string, cause?: unknown): TokenError {
  return new TokenError('SIGV4_TOKEN_INVALID', `the caller's token ${what}`, cause === undefined ? {} : { cause });
}

function claimProblem({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `lacks the claim ${claim}`;
  if (claim === 'aud') return 'is for another audience';
  if (claim === 'nbf' && reason === 'check_failed') return 'is not valid yet';
  return `has a claim that cannot be used: ${claim}`;
}
