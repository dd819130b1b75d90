import type { CallerTokenRule, ConfigSources, RouteConfigResolver, SigningConfig } from '../config/index.ts';
import { bearerToken, type CredentialSource } from '../credentials/index.ts';
import { RequestError, TokenError } from '../errors/index.ts';
import { type Credentials, type HeaderEntry, sign, type WireRequest } from '../signing/index.ts';
import { isAwsChunked } from './body.ts';
import { type PreparedRequest, prepareRequest } from './prepare.ts';

export interface SignerParts {
  resolver: RouteConfigResolver;
  credentials: CredentialSource;
  /** The moment of signing. */
  now: () => Date;
}

/** What becomes of a request once its headers are known. */
export type Admission = SigningTask | { readonly kind: 'pass'; readonly reason: 'unconfigured' | 'no token' };

/** A request that will be signed. */
export interface SigningTask {
  readonly kind: 'sign';
  readonly config: SigningConfig;
  readonly prepared: PreparedRequest;
  /** The caller's, where its identity signs. */
  readonly token: string | undefined;
}

/** The headers, pseudo-headers included, that turn the client's request into the signed one. */
export interface RequestMutation {
  set: HeaderEntry[];
  remove: string[];
}

/**
 * The way of a request from its headers to its signature, whatever protocol Envoy asks by: resolve the route's config,
 * get the identity's credentials, sign.
 */
export class Signer {
  readonly #parts: SignerParts;

  constructor(parts: SignerParts) {
    this.#parts = parts;
  }

  /**
   * Decides on a request by its headers.
   * @throws SignerError
   */
  admit(request: WireRequest, sources: ConfigSources): Admission {
    const config = this.#parts.resolver.resolve(sources);
    if (config === 'unconfigured-pass') return { kind: 'pass', reason: 'unconfigured' };
    if (request.method === 'CONNECT' || request.path === '' || request.authority === '') {
      throw new RequestError('SIGV4_REQUEST_UNSUPPORTED', 'a request without path or authority cannot be signed');
    }
    if (isAwsChunked(request.headers)) {
      throw new RequestError(
        'SIGV4_AWS_CHUNKED_BODY',
        "the body is the client's own aws-chunked framing; set the client's request checksums to when_required",
      );
    }
    const prepared = prepareRequest(request, config);
    if (config.identity.source === 'workload') return { kind: 'sign', config, prepared, token: undefined };
    const token = callerToken(config.callerToken, request.headers);
    return token === undefined ? { kind: 'pass', reason: 'no token' } : { kind: 'sign', config, prepared, token };
  }

  /**
   * The credentials of an admitted request, at once where they are cached.
   * @throws TokenError, CredentialsError, at once or by the promise
   */
  credentialsFor({ config: { identity }, token }: SigningTask): Credentials | Promise<Credentials> {
    if (identity.source === 'workload') return this.#parts.credentials.forWorkload(identity);
    return this.#parts.credentials.forCaller(identity, token ?? '');
  }

  /**
   * Signs an admitted request.
   * @param payloadHash lower-case hex SHA-256 of the body, or UNSIGNED-PAYLOAD
   */
  sign({ config, prepared }: SigningTask, credentials: Credentials, payloadHash: string): RequestMutation {
    const signed = sign(prepared.request, config, credentials, payloadHash, this.#parts.now());
    const set = [...prepared.set, ...signed.set];
    if (signed.path !== undefined) set.push([':path', signed.path]);
    return { set, remove: [...prepared.remove, ...signed.remove] };
  }
}

/**
 * Undefined where the route lets requests without a token pass.
 * @throws TokenError
 */
function callerToken({ header, onMissing }: CallerTokenRule, headers: readonly HeaderEntry[]): string | undefined {
  const [first, second] = headers.filter(([name]) => name === header);
  if (first === undefined) {
    if (onMissing === 'pass') return undefined;
    throw new TokenError('SIGV4_TOKEN_MISSING', 'the caller sent no token');
  }
  if (second !== undefined) throw new TokenError('SIGV4_TOKEN_INVALID', 'the caller sent more than one token');
  return bearerToken(first[1]);
}
