import { isS3Family } from './sigv4-canonical.ts';

/** Why a request was refused; stable across services, unlike AWS's own codes. */
export type RefusalReason =
  | 'missing-authentication'
  | 'malformed-authorization'
  | 'wrong-scope'
  | 'unknown-host'
  | 'unknown-access-key'
  | 'expired-credentials'
  | 'wrong-token'
  | 'clock-skew'
  | 'expired-url'
  | 'unsigned-header'
  | 'absent-header'
  | 'payload-hash'
  | 'payload-mode'
  | 'signature';

/** Thrown inside the verifier, never out of it. */
export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

type Code = readonly [code: string, status: number];

const S3_CODES: Record<RefusalReason, Code> = {
  'missing-authentication': ['AccessDenied', 403],
  'malformed-authorization': ['AuthorizationHeaderMalformed', 400],
  'wrong-scope': ['AuthorizationHeaderMalformed', 400],
  'unknown-host': ['NoSuchBucket', 404],
  'unknown-access-key': ['InvalidAccessKeyId', 403],
  'expired-credentials': ['ExpiredToken', 400],
  'wrong-token': ['InvalidToken', 400],
  'clock-skew': ['RequestTimeTooSkewed', 403],
  'expired-url': ['AccessDenied', 403],
  'unsigned-header': ['AccessDenied', 403],
  'absent-header': ['SignatureDoesNotMatch', 403],
  'payload-hash': ['XAmzContentSHA256Mismatch', 400],
  'payload-mode': ['InvalidRequest', 400],
  signature: ['SignatureDoesNotMatch', 403],
};

const QUERY_CODES: Record<RefusalReason, Code> = {
  'missing-authentication': ['MissingAuthenticationToken', 403],
  'malformed-authorization': ['IncompleteSignature', 403],
  'wrong-scope': ['SignatureDoesNotMatch', 403],
  'unknown-host': ['AccessDenied', 403],
  'unknown-access-key': ['InvalidClientTokenId', 403],
  'expired-credentials': ['ExpiredToken', 403],
  'wrong-token': ['InvalidClientTokenId', 403],
  'clock-skew': ['SignatureDoesNotMatch', 403],
  'expired-url': ['SignatureDoesNotMatch', 403],
  'unsigned-header': ['SignatureDoesNotMatch', 403],
  'absent-header': ['SignatureDoesNotMatch', 403],
  'payload-hash': ['SignatureDoesNotMatch', 403],
  'payload-mode': ['SignatureDoesNotMatch', 403],
  signature: ['SignatureDoesNotMatch', 403],
};

const JSON_CODES: Record<RefusalReason, Code> = {
  'missing-authentication': ['MissingAuthenticationTokenException', 403],
  'malformed-authorization': ['IncompleteSignatureException', 403],
  'wrong-scope': ['InvalidSignatureException', 403],
  'unknown-host': ['AccessDeniedException', 403],
  'unknown-access-key': ['UnrecognizedClientException', 403],
  'expired-credentials': ['ExpiredTokenException', 403],
  'wrong-token': ['UnrecognizedClientException', 403],
  'clock-skew': ['InvalidSignatureException', 403],
  'expired-url': ['InvalidSignatureException', 403],
  'unsigned-header': ['InvalidSignatureException', 403],
  'absent-header': ['InvalidSignatureException', 403],
  'payload-hash': ['InvalidSignatureException', 403],
  'payload-mode': ['InvalidSignatureException', 403],
  signature: ['InvalidSignatureException', 403],
};

/** AWS's error code and HTTP status for a refusal, in the manner of the service that was called. */
export function awsCode(reason: RefusalReason, service: string): { code: string; status: number } {
  const table = isS3Family(service) ? S3_CODES : service === 'sts' ? QUERY_CODES : JSON_CODES;
  const [code, status] = table[reason];
  return { code, status };
}
