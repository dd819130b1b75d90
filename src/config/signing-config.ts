import type { ChecksumAlgorithm } from '../signing/aws-chunked/index.ts';
import type { SigningParameters } from '../signing/index.ts';
import type { LayerOrigin } from './layer.ts';
import type { FieldName } from './layer-schema.ts';

/** One route's effective signing config: complete, validated, frozen, and one object for as long as it is cached. */
export interface SigningConfig extends SigningParameters {
  readonly identity: Identity;
  readonly callerToken: CallerTokenRule;
  readonly target: Target;
  /** `:scheme` to set, where the route says it. */
  readonly scheme?: 'http' | 'https';
  readonly payload: PayloadMode;
  /** Sent behind a `streaming` body, signed. */
  readonly trailerChecksum?: ChecksumAlgorithm;
  /** Which layer each field came from. */
  readonly origins: ReadonlyMap<FieldName, LayerOrigin>;
}

export type PayloadMode = 'signed' | 'unsigned' | 'passthrough' | 'streaming';

/** Whose credentials sign. */
export type Identity = CallerIdentity | WorkloadIdentity;

/** The caller's own token, exchanged at STS by AssumeRoleWithWebIdentity. */
export interface CallerIdentity {
  readonly source: 'caller';
  readonly role: RoleSession;
  readonly sts: StsEndpoint;
}

/** The SDK's provider chain, with AssumeRole on top where a role is named. */
export interface WorkloadIdentity {
  readonly source: 'workload';
  /** Profile of the shared config files. */
  readonly profile?: string;
  readonly role?: RoleSession;
  readonly sts: StsEndpoint;
}

export interface RoleSession {
  readonly arn: string;
  readonly sessionName: string;
  /** Absent: STS's own default of an hour. */
  readonly durationSeconds?: number;
}

export interface StsEndpoint {
  readonly region: string;
  readonly url?: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** Where the caller's token stands, and what becomes of it. */
export interface CallerTokenRule {
  readonly header: string;
  /** Where a copy is kept; the client's own copy of that header never survives. */
  readonly copyHeader: string;
  readonly keepCopy: boolean;
  readonly onMissing: 'deny' | 'pass';
}

/** Which authority is signed, and who sets it. */
export type Target =
  /** Set and signed. */
  | { readonly kind: 'override'; readonly authority: string }
  /** Signed only: Envoy's own rewrite sets it after the filter. */
  | { readonly kind: 'sign-host'; readonly authority: string }
  /** The client's, signed byte for byte; one of the globs `allowed`, where given, has to match it. */
  | { readonly kind: 'keep'; readonly allowed?: readonly string[] };
