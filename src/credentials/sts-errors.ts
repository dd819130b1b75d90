import { type CodeOf, CredentialsError, SignerError, TokenError } from '../errors/index.ts';
import type { StsOperation } from './types.ts';

/** What STS's own error codes, without the suffix `Exception`, mean to the caller, by the operation that met them. */
const MEANING: Record<StsOperation, ReadonlyMap<string, CodeOf<'credentials'> | CodeOf<'token'>>> = {
  AssumeRoleWithWebIdentity: new Map([
    ['ExpiredToken', 'SIGV4_TOKEN_EXPIRED'],
    ['InvalidIdentityToken', 'SIGV4_TOKEN_INVALID'],
    ['AccessDenied', 'SIGV4_ACCESS_DENIED'],
    ['IDPRejectedClaim', 'SIGV4_IDP_REJECTED'],
  ]),
  AssumeRole: new Map([
    ['AccessDenied', 'SIGV4_ROLE_ACCESS_DENIED'],
    // What is wrong here are the workload's own keys, not the role.
    ['ExpiredToken', 'SIGV4_NO_WORKLOAD_CREDENTIALS'],
    ['InvalidClientTokenId', 'SIGV4_NO_WORKLOAD_CREDENTIALS'],
    ['SignatureDoesNotMatch', 'SIGV4_NO_WORKLOAD_CREDENTIALS'],
  ]),
};

/** Refusals of what was asked for, whoever asks. */
const REFUSED = new Set(['ValidationError', 'MalformedPolicyDocument', 'PackedPolicyTooLarge', 'RegionDisabled']);

const MESSAGE: Partial<Record<CodeOf<'credentials'> | CodeOf<'token'>, string>> = {
  SIGV4_TOKEN_EXPIRED: "the caller's token has expired",
  SIGV4_TOKEN_INVALID: "the caller's token is not accepted by STS",
  SIGV4_ACCESS_DENIED: 'the caller may not assume the role',
  SIGV4_IDP_REJECTED: 'the identity provider rejected the claim',
  SIGV4_ROLE_ACCESS_DENIED: 'the workload may not assume the role',
  SIGV4_STS_REFUSED: 'STS refused the parameters of the role session',
  SIGV4_STS_UNAVAILABLE: 'STS cannot be asked at present',
  SIGV4_NO_WORKLOAD_CREDENTIALS: 'the workload has no valid credentials at present',
};

/** Turns what the SDK threw into the error that the caller is told; STS's own text stays in its cause. */
export function stsError(operation: StsOperation, thrown: unknown): SignerError {
  if (thrown instanceof SignerError) return thrown;
  // The SDK names errors by its model, `InvalidIdentityTokenException`, where the wire says `InvalidIdentityToken`.
  const name = thrown instanceof Error ? thrown.name.replace(/Exception$/, '') : '';
  if (name === 'CredentialsProviderError') return credentialError('SIGV4_NO_WORKLOAD_CREDENTIALS', thrown);
  const code = MEANING[operation].get(name) ?? (REFUSED.has(name) ? 'SIGV4_STS_REFUSED' : 'SIGV4_STS_UNAVAILABLE');
  return credentialError(code, thrown);
}

/** The workload's own provider chain failed. */
export function noWorkloadCredentials(cause: unknown): CredentialsError {
  return credentialError('SIGV4_NO_WORKLOAD_CREDENTIALS', cause) as CredentialsError;
}

/** STS answered 200 with nothing that can be used. */
export function unreadableAnswer(): CredentialsError {
  return credentialError('SIGV4_STS_UNAVAILABLE', new Error('the answer holds no credentials')) as CredentialsError;
}

function credentialError(code: CodeOf<'credentials'> | CodeOf<'token'>, cause: unknown): SignerError {
  const message = MESSAGE[code] ?? code;
  if (code === 'SIGV4_TOKEN_EXPIRED' || code === 'SIGV4_TOKEN_INVALID' || code === 'SIGV4_TOKEN_MISSING') {
    return new TokenError(code, message, { cause });
  }
  return new CredentialsError(code, message, { cause });
}
