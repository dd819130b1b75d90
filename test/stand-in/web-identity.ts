import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { StsError } from './sts-protocol.ts';

export interface Provider {
  issuer: string;
  /** The account's client ids for the provider: what some role of it trusts. */
  audiences: string[];
  /** Where its discovery document is fetched from: the issuer, unless it is reached by another address. */
  url: string;
}

export interface WebIdentity {
  issuer: string;
  subject: string;
  audience: string;
}

/** Not so short that a machine with much else to do passes for a provider that is down. */
const FETCH_TIMEOUT_MS = 10_000;

const invalid = (message: string): StsError => new StsError('InvalidIdentityToken', 400, message);

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${response.status} from the identity provider`);
  return await response.json();
}

const underWay = new Map<string, Promise<JSONWebKeySet>>();

/** Fetched for each token, or for those that come at once, and never cached: a provider that is down is seen at once. */
function keysOf(provider: Provider): Promise<JSONWebKeySet> {
  const id = JSON.stringify(provider);
  const fetching = underWay.get(id) ?? fetchKeys(provider).finally(() => underWay.delete(id));
  underWay.set(id, fetching);
  return fetching;
}

async function fetchKeys({ issuer, url }: Provider): Promise<JSONWebKeySet> {
  try {
    const discovery = (await fetchJson(`${url}/.well-known/openid-configuration`)) as { jwks_uri: string };
    return (await fetchJson(discovery.jwks_uri.replace(issuer, url))) as JSONWebKeySet;
  } catch {
    throw new StsError('IDPCommunicationError', 400, 'The identity provider could not be reached.');
  }
}

function unverifiedIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw invalid('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)');
  }
}

/** The `jti` of a token, unverified: to tell one token from the next without keeping it. */
export function claimedTokenId(token: string | undefined): string | undefined {
  try {
    return decodeJwt(token ?? '').jti;
  } catch {
    return undefined;
  }
}

function translate(error: unknown, payloadNow: Date): unknown {
  if (error instanceof errors.JWTExpired) {
    const now = Math.floor(payloadNow.getTime() / 1000);
    return new StsError(
      'ExpiredTokenException',
      400,
      `Token expired: current date/time ${now} must be before the expiration date/time ${error.payload.exp}`,
    );
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(error.claim === 'aud' ? 'Incorrect token audience' : `Missing or invalid claim: ${error.claim}`);
  }
  if (error instanceof errors.JOSEError) {
    return invalid('The token could not be verified with the keys of your identity provider.');
  }
  return error;
}

/**
 * Verifies a token as STS does: issuer known, signature by a key of the issuer's JWKS, unexpired, audience known.
 * Throws {@link StsError}: InvalidIdentityToken, ExpiredTokenException or IDPCommunicationError.
 */
export async function verifyWebIdentity(token: string, providers: Provider[], now: Date): Promise<WebIdentity> {
  const issuer = unverifiedIssuer(token);
  const provider = providers.find((candidate) => candidate.issuer === issuer);
  if (!provider) throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
  const keys = createLocalJWKSet(await keysOf(provider));
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keys, {
      issuer,
      audience: provider.audiences,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'exp', 'iat'],
      currentDate: now,
    }));
  } catch (error) {
    throw translate(error, now);
  }
  const audience = [payload.aud ?? []].flat().find((candidate) => provider.audiences.includes(candidate)) ?? '';
  return { issuer, subject: payload.sub ?? '', audience };
}
