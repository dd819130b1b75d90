import { type CodeOf, ERROR_TABLE, type ErrorDefinition, type ErrorFamily } from './table.ts';

export interface SignerErrorOptions {
  cause?: unknown;
  sts?: StsRefusal | undefined;
}

/** An error answer of STS. */
export interface StsRefusal {
  readonly roleArn: string;
  /** HTTP status. */
  readonly status: number;
  /** As AWS writes it in JSON. */
  readonly response: { readonly Error: { Code: string; Message: string; Type: string }; readonly RequestId?: string };
}

/**
 * Why a request is not signed. `message` goes to the HTTP caller, so it names fields and settings but holds no ARN,
 * token, or text of a third party; such detail goes into `cause`, which is only ever logged.
 */
export abstract class SignerError<F extends ErrorFamily = ErrorFamily> extends Error {
  abstract override readonly name: string;
  readonly code: CodeOf<F>;
  /** STS's own words, where it is STS that refused; told only where `return_aws_sts_error` asks for it. */
  readonly sts: StsRefusal | undefined;

  constructor(code: CodeOf<F>, message: string, options: SignerErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.sts = options.sts;
  }

  /** HTTP status of the answer. */
  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** Seconds for the retry-after header, where asking again makes sense. */
  get retryAfterSeconds(): number | undefined {
    const definition: ErrorDefinition = ERROR_TABLE[this.code];
    return definition.retryAfterSeconds;
  }
}

/** The route's or the server's configuration cannot be used. */
export class ConfigError extends SignerError<'config'> {
  override readonly name = 'ConfigError';
}

/** The request, or the way that Envoy shows it, has a form that cannot be signed. */
export class RequestError extends SignerError<'request'> {
  override readonly name = 'RequestError';
}

/** The caller's token is missing or not accepted. */
export class TokenError extends SignerError<'token'> {
  override readonly name = 'TokenError';
}

/** No credentials for the identity that the route asks for. */
export class CredentialsError extends SignerError<'credentials'> {
  override readonly name = 'CredentialsError';
}

/** A defect of this service; what happened is in `cause`. */
export class InternalError extends SignerError<'internal'> {
  override readonly name = 'InternalError';
  constructor(cause: unknown) {
    super('SIGV4_INTERNAL', 'the signer failed', { cause });
  }
}

/** Any thrown value as a SignerError; what is not one already is a defect of ours. */
export function asSignerError(thrown: unknown): SignerError {
  return thrown instanceof SignerError ? thrown : new InternalError(thrown);
}
