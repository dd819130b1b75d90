/**
 * Every error that the service answers with: its HTTP status, and when it is met. docs/errors.md shows this table to
 * users; test/unit/errors.test.ts holds the two together.
 */
export const ERROR_TABLE = {
  SIGV4_ROUTE_NOT_CONFIGURED: { family: 'config', status: 500, when: 'the route carries no signing config' },
  SIGV4_CONFIG_INVALID: {
    family: 'config',
    status: 500,
    when: "the route's signing config is malformed or contradictory",
  },
  SIGV4_PROFILE_UNKNOWN: { family: 'config', status: 500, when: "`profile` names none of the server file's profiles" },
  SIGV4_HOST_NOT_ALLOWED: {
    family: 'config',
    status: 403,
    when: 'the host that the client chose matches none of `allowed_hosts`',
  },
  SIGV4_NOT_ALLOWED: {
    family: 'config',
    status: 403,
    when: "the server's `allow` permits no such role, service, region, host or STS endpoint",
  },
  SIGV4_PROCESSING_MODE: {
    family: 'request',
    status: 500,
    when: "the filter's settings (ext_proc's processing mode, ext_authz's with_request_body) cannot serve the payload mode",
  },
  SIGV4_REQUEST_UNSUPPORTED: {
    family: 'request',
    status: 500,
    when: 'the request has a form that cannot be signed (CONNECT, no path, no authority, a gRPC stream to hash)',
  },
  SIGV4_AWS_CHUNKED_BODY: {
    family: 'request',
    status: 400,
    when: "the client's own aws-chunked framing of the body is broken, not as long as announced, or cannot be taken off (ext_authz)",
  },
  SIGV4_BODY_TOO_LARGE: {
    family: 'request',
    status: 413,
    when: "ext_authz sent a part of the body: it is larger than the filter's max_request_bytes",
  },
  SIGV4_LENGTH_REQUIRED: {
    family: 'request',
    status: 411,
    when: '`payload: streaming` without the length of the body',
  },
  SIGV4_OVERLOADED: {
    family: 'request',
    status: 503,
    retryAfterSeconds: 1,
    when: 'more bodies are held at present than `limits.held_bytes` allows',
  },
  SIGV4_TOKEN_MISSING: { family: 'token', status: 401, when: 'the caller sent no bearer token' },
  SIGV4_TOKEN_INVALID: {
    family: 'token',
    status: 401,
    when: 'the token is not a Bearer token, or STS (InvalidIdentityToken) or `token_check` does not accept it',
  },
  SIGV4_TOKEN_EXPIRED: {
    family: 'token',
    status: 401,
    when: 'the token has expired (its own exp, or ExpiredToken from STS)',
  },
  SIGV4_TOKEN_CHECK_UNAVAILABLE: {
    family: 'credentials',
    status: 503,
    retryAfterSeconds: 1,
    when: "the issuer's keys (JWKS) that `token_check` needs cannot be read at present",
  },
  SIGV4_NO_ROLE_MAPPING: {
    family: 'credentials',
    status: 403,
    when: "no entry of `role_mappings` matches the token's claims",
  },
  SIGV4_CLAIM_UNUSABLE: {
    family: 'credentials',
    status: 403,
    when: 'the token lacks a claim, or the request a header, that the role session is made of, or its value may not stand there',
  },
  SIGV4_ACCESS_DENIED: {
    family: 'credentials',
    status: 403,
    when: "the role's trust policy refuses the caller (AccessDenied)",
  },
  SIGV4_IDP_REJECTED: {
    family: 'credentials',
    status: 403,
    when: 'the identity provider rejected the claim (IDPRejectedClaim)',
  },
  SIGV4_ROLE_ACCESS_DENIED: {
    family: 'credentials',
    status: 500,
    when: 'the workload may not assume the role (AccessDenied)',
  },
  SIGV4_STS_REFUSED: {
    family: 'credentials',
    status: 500,
    when: 'STS refused the parameters (ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge, RegionDisabled)',
  },
  SIGV4_STS_UNAVAILABLE: {
    family: 'credentials',
    status: 503,
    retryAfterSeconds: 1,
    when: 'STS throttles, fails, times out, answers what cannot be read, or cannot reach the identity provider',
  },
  SIGV4_NO_WORKLOAD_CREDENTIALS: {
    family: 'credentials',
    status: 503,
    retryAfterSeconds: 1,
    when: 'the workload itself has no credentials at present, or STS does not accept them',
  },
  SIGV4_INTERNAL: { family: 'internal', status: 500, when: 'a defect of this service' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorFamily = 'config' | 'request' | 'token' | 'credentials' | 'internal';

export interface ErrorDefinition {
  family: ErrorFamily;
  status: number;
  /** Sent as retry-after, in seconds. */
  retryAfterSeconds?: number;
  when: string;
}

export type ErrorCode = keyof typeof ERROR_TABLE;

/** The codes of one family. */
export type CodeOf<F extends ErrorFamily> = {
  [C in ErrorCode]: (typeof ERROR_TABLE)[C]['family'] extends F ? C : never;
}[ErrorCode];
