import {
  type CodeOf,
  CredentialsError,
  SignerError,
  type SignerErrorOptions,
  type StsRefusal,
  struckOut,
  TokenError,
} from '../errors/index.ts';
import { StsErrorAnswer } from './sts-error-answer.ts';
import type { StsOperation } from './types.ts';

/** What STS's own error codes, without the suffix `Exception`, mean to the caller, by the operation that met them. */
const MEANING: Record<StsOperation, ReadonlyMap<string, CodeOf<'credentials'> | CodeOf<'token'>>> = {
  AssumeRoleWithWebIdentity: new Map([
    ['ExpiredToken', 'SIGV4_TOKEN_EXPIRED'],
    ['InvalidIdentityToken', 'SIGV4_TOKEN_INVALID'],
    ['AccessDenied', 'SIGV4_ACCESS_DENIED'],
    ['IDPRejectedClaim', 'SIGV4_IDP_REJECTED'],
    // MinIO's word for every token that it does not accept.
    ['InvalidParameterValue', 'SIGV4_TOKEN_INVALID'],
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
const REFUSED = new Set([
  ...['ValidationError', 'InvalidParameterValue'],
  ...['MalformedPolicyDocument', 'PackedPolicyTooLarge', 'RegionDisabled'],
]);

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

/**
 * Which field to look at when STS refuses a parameter, by a word of its message; it names them all in one sentence or
 * another, and by names of its own.
 */
const FIELD_BY_WORD: readonly (readonly [word: RegExp, fields: string])[] = [
  [/DurationSeconds/i, 'duration_seconds'],
  [/roleSessionName/i, 'session_name'],
  [/externalId/i, 'external_id'],
  [/sourceIdentity/i, 'source_identity'],
  [/transitive/i, 'transitive_tag_keys'],
  [/packed/i, 'policy, policy_arns and session_tags, which are too large together'],
  [/\btags?\b/i, 'session_tags'],
  [/policyArn|managed/i, 'policy_arns'],
  [/policy/i, 'policy'],
  [/region/i, 'aws_sts_region'],
  [/roleArn/i, "the role's ARN"],
];

/** Answers of HTTP status 4xx that may be others the next time. */
const PASSING = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|^IDPCommunicationError$|^RequestTimeout/;

/**
 * Turns what an exchange threw into the error that the caller is told; STS's own text is not in its message.
 * @param roleArn the role that was asked for
 */
export function stsError(operation: StsOperation, roleArn: string, thrown: unknown): SignerError {
  if (thrown instanceof SignerError) return thrown;
  const name = nameOf(thrown);
  if (name === 'CredentialsProviderError') return credentialError('SIGV4_NO_WORKLOAD_CREDENTIALS', { cause: thrown });
  const meaning = isOfUnknownRole(name, thrown) ? undefined : MEANING[operation].get(name);
  const code = meaning ?? (isRefusal(name, thrown) ? 'SIGV4_STS_REFUSED' : 'SIGV4_STS_UNAVAILABLE');
  const options = { cause: thrown, sts: refusalOf(roleArn, thrown) };
  if (code !== 'SIGV4_STS_REFUSED') return credentialError(code, options);
  const text = `${name} ${(thrown as Error).message}`;
  const field = FIELD_BY_WORD.find(([word]) => word.test(text))?.[1];
  return credentialError(code, options, field && `STS refused ${field}`);
}

/** The workload's own provider chain failed. */
export function noWorkloadCredentials(cause: unknown): CredentialsError {
  return credentialError('SIGV4_NO_WORKLOAD_CREDENTIALS', { cause }) as CredentialsError;
}

/** STS answered 200 with nothing that can be used. */
export function unreadableAnswer(): CredentialsError {
  const cause = new Error('the answer holds no credentials');
  return credentialError('SIGV4_STS_UNAVAILABLE', { cause }) as CredentialsError;
}

/** STS failed so often that it is not asked at all. */
export function endpointFails(): CredentialsError {
  const cause = new Error('the last ten calls failed: one call a second finds out whether it is back');
  return credentialError('SIGV4_STS_UNAVAILABLE', { cause }) as CredentialsError;
}

/** Whether a failure speaks against the endpoint: not if one issuer cannot be reached from there. */
export function blamesEndpoint(error: SignerError): boolean {
  return error.code === 'SIGV4_STS_UNAVAILABLE' && nameOf(error.cause) !== 'IDPCommunicationError';
}

/** The SDK names errors by its model, `InvalidIdentityTokenException`, where the wire says `InvalidIdentityToken`. */
function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name.replace(/Exception$/, '') : '';
}

/** MinIO gives a role that it does not have the code of a bad token; a caller can do nothing about that. */
function isOfUnknownRole(name: string, thrown: unknown): boolean {
  return name === 'InvalidParameterValue' && /RoleArn/.test((thrown as Error).message);
}

function isRefusal(name: string, thrown: unknown): boolean {
  if (REFUSED.has(name)) return true;
  if (!(thrown instanceof StsErrorAnswer) || /^Unknown|Error$/.test(name) || PASSING.test(name)) return false;
  const { status } = thrown;
  return status >= 400 && status < 500 && status !== 429 && status !== 408;
}

function refusalOf(roleArn: string, thrown: unknown): StsRefusal | undefined {
  if (!(thrown instanceof StsErrorAnswer) || thrown.status < 400) return undefined;
  const { status, requestId } = thrown;
  return {
    roleArn,
    status,
    response: {
      Error: {
        Code: nameOf(thrown),
        Message: struckOut(thrown.message),
        Type: status < 500 ? 'Sender' : 'Receiver',
      },
      ...(requestId !== undefined && { RequestId: requestId }),
    },
  };
}

function credentialError(
  code: CodeOf<'credentials'> | CodeOf<'token'>,
  options: SignerErrorOptions,
  message = MESSAGE[code] ?? code,
): SignerError {
  if (code === 'SIGV4_TOKEN_EXPIRED' || code === 'SIGV4_TOKEN_INVALID' || code === 'SIGV4_TOKEN_MISSING') {
    return new TokenError(code, message, options);
  }
  return new CredentialsError(code, message, options);
}
