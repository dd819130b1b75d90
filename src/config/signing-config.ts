import type { ChecksumAlgorithm } from '../signing/aws-chunked/index.ts';
import type { SigningParameters } from '../signing/index.ts';
import type { LayerOrigin } from './layer.ts';
import type { FieldName } from './layer-schema.ts';
import type { RoleMapping } from './role-mapping.ts';
import type { Template } from './template.ts';

/** One route's effective signing config: complete, validated, frozen, and one object for as long as it is cached. */
export interface SigningConfig extends SigningParameters {
  readonly identity: Identity;
  readonly callerToken: CallerTokenRule;
  readonly target: Target;
  /** What the gateway does to the path after the signer. */
  readonly rewritePath?: PathRewrite;
  /** `:scheme` to set, where the route says it. */
  readonly scheme?: 'http' | 'https';
  readonly payload: PayloadMode;
  /** Sent behind a `streaming` body, signed. */
  readonly trailerChecksum?: ChecksumAlgorithm;
  readonly refusals: RefusalStyle;
  /** Which layer each field came from. */
  readonly origins: ReadonlyMap<FieldName, LayerOrigin>;
}

/** A prefix of the path and what the gateway puts in its place, both as they stand on the wire. */
export interface PathRewrite {
  readonly stripPrefix: string;
  readonly replace: string;
}

/** How a refusal is told to the HTTP caller. */
export interface RefusalStyle {
  /** Bodies and statuses as of the Kong plugin. */
  readonly kong: boolean;
  /** With STS's own status and error. */
  readonly stsError: boolean;
}

export type PayloadMode = 'signed' | 'unsigned' | 'passthrough' | 'streaming';

/** Whose credentials sign. */
export type Identity = CallerIdentity | WorkloadIdentity;

/** The caller's own token, exchanged at STS by AssumeRoleWithWebIdentity. */
export interface CallerIdentity {
  readonly source: 'caller';
  /** The role, or how the token's claims choose it. */
  readonly role: RoleSession | MappedRole;
  /** Further hops, in order. */
  readonly chain: readonly RoleSession[];
  readonly sts: StsEndpoint;
  /** Whether the token is part of what credentials are kept under. */
  readonly cacheScope: 'caller' | 'role';
  readonly usesClaims: boolean;
}

/** The SDK's provider chain, with AssumeRole on top where roles are named. */
export interface WorkloadIdentity {
  readonly source: 'workload';
  /** Profile of the shared config files. */
  readonly profile?: string;
  readonly role?: RoleSession;
  readonly chain: readonly RoleSession[];
  readonly sts: StsEndpoint;
  /** Whether a verified token of the caller's is needed, for its claims. */
  readonly usesClaims: boolean;
}

/** What a role session is asked for with, besides the role. */
export interface SessionParameters {
  /** Absent: made of the role's name. */
  readonly sessionName?: Template;
  /** Absent: STS's own default of an hour. */
  readonly durationSeconds?: number;
  readonly externalId?: string;
  readonly sourceIdentity?: Template;
  readonly tags?: readonly (readonly [key: string, value: Template])[];
  readonly transitiveTagKeys?: readonly string[];
  readonly policy?: string;
  readonly policyArns?: readonly string[];
}

export interface RoleSession extends SessionParameters {
  readonly arn: string;
}

export interface MappedRole extends SessionParameters {
  /** In order; the first that matches decides. */
  readonly mappings: readonly RoleMapping[];
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
  /** Looked into where the header holds no token. */
  readonly cookie?: string;
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
