import type { JWTPayload } from 'jose';
import { DEFAULT_CLOCK_TOLERANCE_SECONDS, type TokenIssuer } from '../../config/index.ts';
import { TokenError } from '../../errors/index.ts';
import type { Clock } from '../clock.ts';
import { FILE_PACE, IssuerKeys, type KeySet, URL_PACE } from './issuer-keys.ts';
import { jwksReader } from './read-jwks.ts';
import { TokenMemory, type VerifiedToken } from './token-memory.ts';
import { announced, invalid, isKeyUnknown, isSignatureWrong, refusal, verifiedClaims } from './verify-token.ts';

export type TokenCheckOutcome = 'verified' | 'remembered' | 'refused' | 'unavailable';

export interface TokenCheckOptions {
  issuers: readonly TokenIssuer[];
  /** How far the issuer's clock may be off, for exp and nbf; default 5. */
  clockToleranceSeconds?: number;
  clock: Clock;
  /** Told of each verification once, however many wait for it, and of each answer from memory. */
  observe: (outcome: TokenCheckOutcome) => void;
  /** Told of each reading of an issuer's keys; with the error of one that failed. */
  observeKeys?: (issuer: string, error?: unknown) => void;
  /** For one reading of keys. */
  timeoutMs: number;
  /** What keys are fetched with: the place for proxies and private CAs. Default: Node's own. */
  fetch?: typeof fetch;
}

interface Source {
  readonly issuer: TokenIssuer;
  readonly keys: IssuerKeys;
}

/** Verifies callers' tokens against the keys of the issuers that are configured. */
export class TokenCheck {
  readonly #options: TokenCheckOptions;
  readonly #sources: ReadonlyMap<unknown, Source>;
  readonly #memory: TokenMemory;
  readonly #flights = new Map<string, Promise<VerifiedToken>>();

  constructor(options: TokenCheckOptions) {
    this.#options = options;
    this.#memory = new TokenMemory(options.clock, monotonic);
    this.#sources = new Map(options.issuers.map((issuer) => [issuer.issuer, sourceOf(issuer, options)]));
  }

  /**
   * At once where this exact token was verified before and is still good; else by a promise.
   * @param hash tokenHash(token), the key of the memory (never the token)
   * @throws TokenError SIGV4_TOKEN_INVALID | SIGV4_TOKEN_EXPIRED; CredentialsError SIGV4_TOKEN_CHECK_UNAVAILABLE;
   *   all by the promise
   */
  verify(token: string, hash: string): VerifiedToken | Promise<VerifiedToken> {
    const remembered = this.#memory.get(hash);
    if (remembered !== undefined) {
      this.#options.observe('remembered');
      return remembered;
    }
    const underWay = this.#flights.get(hash);
    if (underWay !== undefined) return underWay;
    const flight = this.#observed(this.#verify(token, hash)).finally(() => this.#flights.delete(hash));
    this.#flights.set(hash, flight);
    return flight;
  }

  /** Ends the readings that are under way. */
  close(): void {
    for (const { keys } of this.#sources.values()) keys.close();
  }

  async #observed(verification: Promise<VerifiedToken>): Promise<VerifiedToken> {
    try {
      const verified = await verification;
      this.#options.observe('verified');
      return verified;
    } catch (error) {
      this.#options.observe(error instanceof TokenError ? 'refused' : 'unavailable');
      throw error;
    }
  }

  async #verify(token: string, hash: string): Promise<VerifiedToken> {
    const { issuer: iss, algorithm } = announced(token);
    const source = this.#sources.get(iss);
    if (source === undefined) throw invalid('is of an issuer that is not accepted here');
    if (!source.issuer.algorithms.some((name) => name === algorithm)) {
      throw invalid('is signed with an algorithm that is not accepted here');
    }
    const { issuer, keys } = source;
    const [claims, set] = await this.#withKeys(source.keys, (set) => {
      const { clock, clockToleranceSeconds = DEFAULT_CLOCK_TOLERANCE_SECONDS } = this.#options;
      return verifiedClaims(token, issuer, set, clock.now(), clockToleranceSeconds);
    });
    const verified: VerifiedToken = Object.freeze({
      claims: Object.freeze(claims),
      ...(claims.exp !== undefined && { expiresAt: claims.exp * 1000 }),
    });
    this.#memory.keep(hash, token.length, verified, keys, set);
    return verified;
  }

  /** Verifies with the keys that are known, and once more if the issuer has others by now. */
  async #withKeys(keys: IssuerKeys, verify: (set: KeySet) => Promise<JWTPayload>): Promise<[JWTPayload, KeySet]> {
    const since = keys.readings;
    const known = await keys.load();
    try {
      return [await verify(known), known];
    } catch (error) {
      const newer = await newerKeys(keys, known, since, error);
      if (newer === undefined) throw refusal(error);
      try {
        return [await verify(newer), newer];
      } catch (second) {
        throw refusal(second);
      }
    }
  }
}

/** @throws CredentialsError where the key is unknown, and the issuer cannot be asked for it */
async function newerKeys(keys: IssuerKeys, known: KeySet, since: number, error: unknown): Promise<KeySet | undefined> {
  if (isKeyUnknown(error)) return await keys.newer(known, since);
  if (isSignatureWrong(error)) return await keys.newer(known, since).catch(() => undefined);
  return undefined;
}

function sourceOf(issuer: TokenIssuer, options: TokenCheckOptions): Source {
  const { timeoutMs, observeKeys, fetch: fetcher = fetch } = options;
  const keys = new IssuerKeys({
    read: jwksReader(issuer, fetcher),
    pace: 'url' in issuer.jwks ? URL_PACE : FILE_PACE,
    timeoutMs,
    monotonic,
    onRead: (error) => observeKeys?.(issuer.issuer, error),
  });
  return { issuer, keys };
}

/** Ages must not jump when STS sets the clock right. */
function monotonic(): number {
  return performance.now();
}
