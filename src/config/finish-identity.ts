import { partitionOf } from '../signing/index.ts';
import { contradiction } from './contradiction.ts';
import type { RouteFields } from './layer-schema.ts';
import type { RoleMapping } from './role-mapping.ts';
import { LONGEST_CHAINED_SECONDS } from './session-fields.ts';
import { cleanSessionName } from './session-name.ts';
import type { Identity, RoleSession, SessionParameters, StsEndpoint } from './signing-config.ts';
import { hasPlaceholder, parseTemplate, type Template } from './template.ts';

/** What of the server's file bears on whose credentials a route may use. */
export interface IdentitySettings {
  /** Whether tokens are verified here, before STS sees them. */
  readonly checksTokens: boolean;
  readonly roleMappings: readonly RoleMapping[];
}

/** @throws ConfigError SIGV4_CONFIG_INVALID */
export function identityOf(fields: RouteFields, stsRegion: string, settings: IdentitySettings): Identity {
  const sts = stsEndpointOf(fields, stsRegion);
  const arn = roleArnOf(fields, stsRegion);
  const source = fields.credential_source ?? (arn === undefined ? 'workload' : 'caller');
  // The first hop of a workload that names no role may be made by a user, whose sessions may be longer.
  const chain = chainOf(fields, source === 'caller' || arn !== undefined);
  const identity =
    source === 'caller' ? callerIdentity(fields, arn, chain, sts, settings) : workloadIdentity(fields, arn, chain, sts);
  requireVerifiedClaims(identity, settings);
  requireOneSourceIdentity(identity);
  return identity;
}

function stsEndpointOf(fields: RouteFields, region: string): StsEndpoint {
  if (fields.aws_sts_endpoint && (fields.use_fips_endpoint || fields.use_dualstack_endpoint)) {
    throw contradiction('aws_sts_endpoint excludes use_fips_endpoint and use_dualstack_endpoint');
  }
  return {
    region,
    ...(fields.aws_sts_endpoint && { url: fields.aws_sts_endpoint }),
    fips: fields.use_fips_endpoint ?? false,
    dualStack: fields.use_dualstack_endpoint ?? false,
  };
}

/** Beside an ARN, `aws_assume_role_name` is the session's name, as in the Kong plugin. */
function roleArnOf(fields: RouteFields, stsRegion: string): string | undefined {
  const { aws_assume_role_arn: arn, aws_account_id: account, aws_assume_role_name: name } = fields;
  if (arn !== undefined) return arn;
  if (account === undefined) {
    if (name !== undefined) throw contradiction('aws_assume_role_name needs aws_account_id or aws_assume_role_arn');
    return undefined;
  }
  if (name === undefined) throw contradiction('aws_account_id needs aws_assume_role_name');
  return `arn:${partitionOf(stsRegion)}:iam::${account}:role/${name}`;
}

function callerIdentity(
  fields: RouteFields,
  arn: string | undefined,
  chain: readonly RoleSession[],
  sts: StsEndpoint,
  { roleMappings: mappings, checksTokens }: IdentitySettings,
): Identity {
  if (fields.aws_profile) throw contradiction('aws_profile belongs to credential_source: workload');
  for (const field of NOT_BY_WEB_IDENTITY) {
    if (fields[field] === undefined) continue;
    throw contradiction(
      `${field} cannot be sent with a caller's token: AWS takes it from the token's own claims alone`,
    );
  }
  if (arn === undefined && mappings.length === 0) {
    throw contradiction(
      "credential_source: caller needs a role (aws_assume_role_arn, or aws_account_id with aws_assume_role_name) or role_mappings in the server's file",
    );
  }
  const parameters = sessionOf(fields, fields.aws_assume_role_name);
  const role = arn === undefined ? { mappings, ...parameters } : { arn, ...parameters };
  const cacheScope = fields.credential_cache_scope ?? (fields.compat === 'kong' ? 'role' : 'caller');
  if (cacheScope === 'role' && !checksTokens && fields.compat !== 'kong') {
    throw contradiction("credential_cache_scope: role needs token_check in the server's file");
  }
  return {
    source: 'caller',
    role,
    chain,
    sts,
    cacheScope,
    usesClaims: arn === undefined || claimsIn([role, ...chain]),
  };
}

function workloadIdentity(
  fields: RouteFields,
  arn: string | undefined,
  chain: readonly RoleSession[],
  sts: StsEndpoint,
): Identity {
  if (fields.credential_cache_scope === 'role') {
    throw contradiction('credential_cache_scope belongs to credential_source: caller');
  }
  const role = arn === undefined ? undefined : { arn, ...sessionOf(fields, fields.aws_assume_role_name) };
  for (const field of OF_THE_FIRST_HOP) {
    if (!role && fields[field] !== undefined) throw contradiction(`${field} needs a role to assume`);
  }
  return {
    source: 'workload',
    ...(fields.aws_profile && { profile: fields.aws_profile }),
    ...(role && { role }),
    chain,
    sts,
    usesClaims: claimsIn(role ? [role, ...chain] : chain),
  };
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const NOT_BY_WEB_IDENTITY = ['external_id', 'source_identity', 'session_tags', 'transitive_tag_keys'] as const;

const OF_THE_FIRST_HOP = [
  ...NOT_BY_WEB_IDENTITY,
  'session_name',
  'duration_seconds',
  'policy',
  'policy_arns',
] as const satisfies readonly (keyof RouteFields)[];

type SessionFields = Pick<RouteFields, (typeof OF_THE_FIRST_HOP)[number]>;

function chainOf({ assume_role_chain: hops = [] }: RouteFields, afterARole: boolean): RoleSession[] {
  return hops.map(({ role_arn, ...session }, index) => {
    const chained = afterARole || index > 0;
    if (chained && (session.duration_seconds ?? 0) > LONGEST_CHAINED_SECONDS) {
      throw contradiction(
        `assume_role_chain[${index}].duration_seconds must be at most ${LONGEST_CHAINED_SECONDS}: AWS's limit for chained roles`,
      );
    }
    return { arn: role_arn, ...sessionOf(session as SessionFields, undefined, `assume_role_chain[${index}].`) };
  });
}

/**
 * @param roleName what the session is called where it has no name of its own
 * @param at how the fields are called in errors
 */
function sessionOf(fields: SessionFields, roleName: string | undefined, at = ''): SessionParameters {
  const tags = fields.session_tags;
  const stray = fields.transitive_tag_keys?.find((key) => tags?.[key] === undefined);
  if (stray !== undefined) throw contradiction(`${at}transitive_tag_keys must be keys of ${at}session_tags`);
  const sessionName = fields.session_name ?? (roleName === undefined ? undefined : cleanSessionName(roleName));
  return {
    ...(sessionName !== undefined && { sessionName: templateOf(sessionName) }),
    ...(fields.duration_seconds !== undefined && { durationSeconds: fields.duration_seconds }),
    ...(fields.external_id !== undefined && { externalId: fields.external_id }),
    ...(fields.source_identity !== undefined && { sourceIdentity: templateOf(fields.source_identity) }),
    ...(tags && { tags: Object.entries(tags).map(([key, value]) => [key, templateOf(value)] as const) }),
    ...(fields.transitive_tag_keys && { transitiveTagKeys: fields.transitive_tag_keys }),
    ...(fields.policy !== undefined && { policy: fields.policy }),
    ...(fields.policy_arns && { policyArns: fields.policy_arns }),
  };
}

function templateOf(text: string): Template {
  return parseTemplate(text) ?? [];
}

function claimsIn(sessions: readonly SessionParameters[]): boolean {
  return sessions.some(({ sessionName, sourceIdentity, tags = [] }) =>
    [sessionName, sourceIdentity, ...tags.map(([, value]) => value)].some((text) => hasPlaceholder(text, 'claim')),
  );
}

/**
 * A claim counts if somebody verified the token that makes it: STS in the same exchange, which it is asked for only
 * where the token is part of the cache's key, or the token check.
 */
function requireVerifiedClaims(identity: Identity, { checksTokens }: IdentitySettings): void {
  if (!identity.usesClaims || checksTokens) return;
  if (identity.source === 'workload') {
    throw contradiction("{claim.…} with credential_source: workload needs token_check in the server's file");
  }
  if (identity.cacheScope === 'role') {
    throw contradiction("claims with credential_cache_scope: role need token_check in the server's file");
  }
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html */
function requireOneSourceIdentity({ role, chain }: Identity): void {
  const set = [role, ...chain].flatMap((session) => (session?.sourceIdentity ? [session.sourceIdentity] : []));
  if (new Set(set.map((template) => JSON.stringify(template))).size > 1) {
    throw contradiction('source_identity cannot be changed by a later hop');
  }
}
