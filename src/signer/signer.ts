import type { ConfigSources, Resolution, RouteConfigResolver, SigningConfig } from '../config/index.ts';
import type { CredentialSource } from '../credentials/index.ts';
import {
  type Credentials,
  type HeaderEntry,
  sign,
  signingKey,
  UNSIGNED_PAYLOAD,
  type WireRequest,
} from '../signing/index.ts';
import { type Allowance, type Peer, UNNAMED_PEER } from './allowance.ts';
import { bodyHash } from './body-hash.ts';
import { callerToken } from './caller-token.ts';
import { changeHeaders } from './change-headers.ts';
import { decodeBody, withDecodedBody } from './decoded-body.ts';
import type { RequestTrace, StageObserver } from './observer.ts';
import type { PayloadPlan } from './payload-plan.ts';
import { type PreparedRequest, prepareRequest } from './prepare.ts';
import { requireSignable } from './require-signable.ts';
import { pathBehindFilter } from './rewritten-path.ts';
import { StageTimer } from './stage-timer.ts';
import {
  checksumHeaders,
  StreamingBody,
  streamingPayloadHash,
  streamingTrailer,
  withStreamingHeaders,
} from './streaming-body.ts';
import { rejectionOf, type SignedBy, type Verdict, type VerdictObserver } from './verdict.ts';

export interface SignerParts {
  resolver: RouteConfigResolver;
  credentials: Pick<CredentialSource, 'credentialsFor' | 'evict'>;
  allowance: Allowance;
  /** The moment of signing. */
  now: () => Date;
  observer: VerdictObserver;
  /** Absent: nothing is timed. */
  stages?: StageObserver;
}

/** What becomes of a request once its headers are known. */
export type Admission = SigningTask | Pass;

/** A request that goes on unsigned, because a setting says so. */
export interface Pass {
  readonly kind: 'pass';
  /** Headers that must not reach the target even so. */
  readonly remove: readonly string[];
}

/** A request that will be signed. */
export interface SigningTask {
  readonly kind: 'sign';
  readonly config: SigningConfig;
  readonly prepared: PreparedRequest;
  /** The caller's, where its identity signs or its claims are used. */
  readonly token: string | undefined;
  readonly asker: Asker;
  /** The role that the caller's claims chose, once they did. */
  mappedRole?: string;
}

/** Who asks for a request, and by which route it came. */
export interface Asker {
  readonly peer: Peer;
  readonly routeName?: string | undefined;
  readonly trace?: RequestTrace | undefined;
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
  readonly #timer: StageTimer;

  constructor(parts: SignerParts) {
    this.#parts = parts;
    this.#timer = new StageTimer(parts.stages);
  }

  /**
   * The config of a request's route.
   * @throws ConfigError
   */
  resolve(sources: ConfigSources): Resolution {
    const started = this.#timer.start();
    try {
      return this.#parts.resolver.resolve(sources);
    } finally {
      this.#timer.stop('config', started);
    }
  }

  /**
   * Decides on a request by its headers.
   * @throws SignerError
   */
  admit(request: WireRequest, config: Resolution, asker: Asker = { peer: UNNAMED_PEER }): Admission {
    if (config === 'unconfigured-pass') return { kind: 'pass', remove: [] };
    requireSignable(request);
    const prepared = prepareRequest(request, config);
    this.#parts.allowance.require(config, asker.peer, prepared.request.authority);
    const { identity } = config;
    if (identity.source === 'workload' && !identity.usesClaims) {
      return { kind: 'sign', config, prepared, token: undefined, asker };
    }
    const token = callerToken(config.callerToken, request.headers);
    if (token !== undefined) return { kind: 'sign', config, prepared, token, asker };
    return { kind: 'pass', remove: prepared.remove };
  }

  /**
   * The credentials of an admitted request, at once where they are cached.
   * @throws TokenError, CredentialsError, at once or by the promise
   */
  credentialsFor(task: SigningTask): Credentials | Promise<Credentials> {
    const { config, token, prepared, asker } = task;
    const { headers, authority } = prepared.request;
    const started = this.#timer.start();
    const credentials = this.#parts.credentials.credentialsFor(config.identity, {
      token,
      headers,
      routeName: asker.routeName,
      trace: asker.trace,
      onRoleChosen: (arn) => {
        task.mappedRole = arn;
        this.#parts.allowance.require(config, asker.peer, authority, arn);
      },
    });
    if (!(credentials instanceof Promise)) this.#timer.stop('credentials', started);
    else if (started > 0) return credentials.finally(() => this.#timer.stop('credentials', started));
    return credentials;
  }

  /** Lower-case hex SHA-256 of a body, at once unless it is large. */
  hash(body: Buffer): string | Promise<string> {
    const started = this.#timer.start();
    const hash = bodyHash(body);
    if (!(hash instanceof Promise)) this.#timer.stop('hashing', started);
    else if (started > 0) return hash.finally(() => this.#timer.stop('hashing', started));
    return hash;
  }

  /**
   * Signs an admitted request.
   * @param payloadHash lower-case hex SHA-256 of the body, or what stands for it
   */
  sign(task: SigningTask, credentials: Credentials, payloadHash: string): RequestMutation {
    return this.#sign(task.config, task.prepared, credentials, payloadHash).mutation;
  }

  /**
   * Signs a request whose whole body Envoy holds. One of unannounced length gets its content-length: S3 answers 501 to
   * a body that comes in HTTP's own chunks.
   */
  signWhole(
    { config, prepared }: SigningTask,
    credentials: Credentials,
    hash: string,
    length: number,
  ): RequestMutation {
    const announced = prepared.request.headers.some(([name]) => name === 'content-length');
    const whole = announced ? prepared : changeHeaders(prepared, [['content-length', String(length)]], []);
    return this.#sign(config, whole, credentials, hash).mutation;
  }

  /**
   * Signs a request whose body the client framed as aws-chunked, as the plain body that was in the frames.
   * @throws RequestError SIGV4_AWS_CHUNKED_BODY
   */
  async signDecoded(
    task: SigningTask,
    credentials: Credentials,
    body: Buffer,
  ): Promise<{ mutation: RequestMutation; body: Buffer }> {
    const { config, prepared } = task;
    const decoded = decodeBody(body, prepared.request.headers);
    const hash = config.payload === 'unsigned' ? UNSIGNED_PAYLOAD : await this.hash(decoded.data);
    const { mutation } = this.#sign(config, withDecodedBody(prepared, decoded), credentials, hash);
    return { mutation, body: decoded.data };
  }

  /**
   * Signs a request of `payload: streaming` whose body is at hand, as that body, with the checksum that the route asks
   * for in a header.
   * @throws RequestError SIGV4_AWS_CHUNKED_BODY
   */
  async signHeld(
    { config, prepared }: SigningTask,
    credentials: Credentials,
    body: Buffer,
    decode: boolean,
  ): Promise<{ mutation: RequestMutation; body: Buffer }> {
    const { request } = prepared;
    const { data, checksums } = decode ? decodeBody(body, request.headers) : { data: body, checksums: [] };
    const own = await checksumHeaders(config, request, data);
    const whole = withDecodedBody(prepared, { data, checksums: [...checksums, ...own] });
    return { mutation: this.#sign(config, whole, credentials, await this.hash(data)).mutation, body: data };
  }

  /**
   * Signs a request whose body will be framed and signed as it passes.
   * @throws RequestError
   */
  signStreaming(
    { config, prepared }: SigningTask,
    credentials: Credentials,
    { dataLength, decode }: Extract<PayloadPlan, { kind: 'streaming' }>,
  ): { mutation: RequestMutation; body: StreamingBody } {
    const trailer = streamingTrailer(config, prepared.request);
    const framed = withStreamingHeaders(prepared, dataLength, trailer);
    const { mutation, signed } = this.#sign(config, framed, credentials, streamingPayloadHash(trailer));
    const { signature, timestamp, scope } = signed;
    const key = signingKey(credentials, timestamp.slice(0, 8), config.region, config.service);
    const seed = { signature, timestamp, scope, signingKey: key };
    return { mutation, body: new StreamingBody(seed, dataLength, trailer, decode) };
  }

  /**
   * Takes note of what AWS made of a signature. Expired credentials are fetched anew by the next request of their
   * identity; nothing else is done for what a target says, as it may be anybody.
   */
  onVerdict({ task, credentials }: SignedBy, verdict: Verdict): void {
    const { observer } = this.#parts;
    const date = Date.parse(verdict.date ?? '');
    if (Number.isFinite(date)) observer.targetClock((date - this.#parts.now().getTime()) / 1000);
    const rejection = rejectionOf(verdict);
    if (rejection === undefined) return;
    observer.rejectedByAws(rejection, task.config.service);
    if (rejection === 'ExpiredToken') this.#parts.credentials.evict(credentials);
  }

  #sign(config: SigningConfig, prepared: PreparedRequest, credentials: Credentials, payloadHash: string) {
    const started = this.#timer.start();
    const signed = sign(prepared.request, config, credentials, payloadHash, this.#parts.now());
    this.#timer.stop('signing', started);
    const set = [...prepared.set, ...signed.set];
    if (signed.path !== undefined) set.push([':path', pathBehindFilter(config, signed.path)]);
    return { signed, mutation: { set, remove: [...prepared.remove, ...signed.remove] } };
  }
}
