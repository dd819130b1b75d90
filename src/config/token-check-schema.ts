import { z } from 'zod';

/**
 * What may be named: public-key signatures alone. `none` proves nothing, and an HMAC would let whoever knows the
 * issuer's public key forge tokens.
 */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** The one that every OpenID Connect provider has to support. */
const DEFAULT_ALGORITHMS: readonly TokenAlgorithm[] = ['RS256'];
export const DEFAULT_CLOCK_TOLERANCE_SECONDS = 5;

/** Whose tokens are accepted, for whom, and where the keys are. */
export interface TokenIssuer {
  /** The `iss`, character by character. */
  readonly issuer: string;
  /** The token's `aud` holds one of them. */
  readonly audiences: readonly string[];
  readonly jwks: { readonly url: string } | { readonly file: string };
  readonly algorithms: readonly TokenAlgorithm[];
  /** Names of claims without which a token is refused. */
  readonly requiredClaims: readonly string[];
}

/** `token_check` of the server's file. */
export interface TokenCheckConfig {
  readonly issuers: readonly TokenIssuer[];
  readonly clockToleranceSeconds: number;
}

const text = z.string().refine((value) => value.trim() !== '', 'must not be empty');
const texts = z.array(text).refine((values) => values.length > 0, 'must hold at least one');

const issuerSchema = z
  .strictObject({
    issuer: text,
    audiences: texts,
    jwks_url: z
      .string()
      .refine(isSafeUrl, 'must be an https URL without user and password (http for loopback hosts alone)')
      .optional(),
    jwks_file: text.optional(),
    algorithms: z
      .array(z.enum(TOKEN_ALGORITHMS))
      .refine((values) => values.length > 0, 'must hold at least one')
      .optional(),
    required_claims: z.array(text).optional(),
  })
  .transform((issuer, context): TokenIssuer => {
    const { jwks_url: url, jwks_file: file } = issuer;
    if ((url === undefined) === (file === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have one of jwks_url and jwks_file' });
    }
    return Object.freeze({
      issuer: issuer.issuer,
      audiences: issuer.audiences,
      jwks: url === undefined ? { file: file ?? '' } : { url },
      algorithms: issuer.algorithms ?? DEFAULT_ALGORITHMS,
      requiredClaims: issuer.required_claims ?? [],
    });
  });

/** Reads `token_check` of the server's file into a TokenCheckConfig. */
export const tokenCheckSchema = z
  .strictObject({
    issuers: z.array(issuerSchema).refine((issuers) => issuers.length > 0, 'must hold at least one'),
    clock_tolerance: z.number().min(0).max(60).optional(),
  })
  .superRefine(({ issuers }, context) => {
    issuers.forEach(({ issuer }, index) => {
      if (issuers.findIndex((other) => other.issuer === issuer) === index) return;
      context.addIssue({ code: 'custom', path: ['issuers', index, 'issuer'], message: 'is there twice' });
    });
  })
  .transform(
    ({ issuers, clock_tolerance: tolerance }): TokenCheckConfig => ({
      issuers,
      clockToleranceSeconds: tolerance ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    }),
  );

/** Keys that come over plain http could be anybody's, unless they come from this machine. */
function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}
