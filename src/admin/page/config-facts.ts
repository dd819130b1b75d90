import type { RoleSession, SessionParameters, SigningConfig, Template } from '../../config/index.ts';
import { type Fact, routeFacts } from '../../explain/index.ts';

type Field = Parameters<SigningConfig['origins']['get']>[0];

/** A route's effective config for people, each fact with the layer it came from; external ids and policies stay out. */
export function configFacts(config: SigningConfig): Fact[] {
  const { identity, callerToken, target, scheme, refusals, origins } = config;
  const facts = routeFacts(config);
  const add = (name: string, value: string | undefined, ...fields: Field[]) => {
    const from = fields.map((field) => origins.get(field)).find((origin) => origin);
    if (value !== undefined) facts.push({ name, value, ...(from && { from }) });
  };
  const named = (field: Field, name: string, value: string) => origins.has(field) && add(name, value, field);

  if (identity.role) sessionFacts(identity.role, add);
  identity.chain.forEach((hop, index) => {
    add(`chain, hop ${index + 1}`, hopText(hop), 'assume_role_chain');
  });
  if (identity.source === 'caller') {
    named('credential_cache_scope', 'cached per', identity.cacheScope);
    named('on_missing_token', 'without a token', callerToken.onMissing === 'pass' ? 'pass, unsigned' : 'refuse, 401');
    add('token cookie', callerToken.cookie, 'auth_cookie');
    if (callerToken.keepCopy) add('token kept in', callerToken.copyHeader, 'preserve_auth_header', 'compat');
  }
  if (identity.source === 'workload') add('AWS profile', identity.profile, 'aws_profile');
  add(
    'STS',
    stsText(identity.sts),
    'aws_sts_endpoint',
    'aws_sts_region',
    'use_fips_endpoint',
    'use_dualstack_endpoint',
  );
  add('scheme', scheme, 'override_target_protocol');
  if (target.kind === 'keep') add('allowed hosts', target.allowed?.join(', '), 'allowed_hosts');
  if (refusals.stsError) add('STS errors', "told to the caller, in STS's own words", 'return_aws_sts_error');
  if (refusals.kong) add('compat', 'kong', 'compat');
  return facts;
}

type Add = (name: string, value: string | undefined, ...fields: Field[]) => void;

function sessionFacts(session: SessionParameters, add: Add): void {
  const { sessionName, durationSeconds, externalId, sourceIdentity, tags, transitiveTagKeys, policy, policyArns } =
    session;
  add('session name', sessionName && templateText(sessionName), 'session_name', 'aws_assume_role_name');
  add('duration', durationSeconds === undefined ? undefined : `${durationSeconds} s`, 'duration_seconds');
  add('external id', externalId === undefined ? undefined : 'set, not shown', 'external_id');
  add('source identity', sourceIdentity && templateText(sourceIdentity), 'source_identity');
  add('session tags', tags?.map(([key, value]) => `${key} = ${templateText(value)}`).join(', '), 'session_tags');
  add('transitive tags', transitiveTagKeys?.join(', '), 'transitive_tag_keys');
  add('session policy', policy === undefined ? undefined : `inline, ${policy.length} characters`, 'policy');
  add('policy ARNs', policyArns?.join(', '), 'policy_arns');
}

function hopText(hop: RoleSession): string {
  const parts: string[] = [];
  sessionFacts(hop, (name, value) => {
    if (value !== undefined) parts.push(`${name}: ${value}`);
  });
  return parts.length === 0 ? hop.arn : `${hop.arn} (${parts.join('; ')})`;
}

function templateText(template: Template): string {
  return template.map(partText).join('');
}

function partText(part: Template[number]): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'claim':
      return `{claim.${part.path}}`;
    case 'header':
      return `{header.${part.name}}`;
    case 'route name':
      return '{route_name}';
  }
}

/** Of a URL the origin alone: there may be credentials in it. */
function stsText({ region, url, fips, dualStack }: SigningConfig['identity']['sts']): string {
  const kinds = [fips && 'FIPS', dualStack && 'dual-stack'].filter(Boolean).join(', ');
  return `${region}${url === undefined ? '' : `, at ${new URL(url).origin}`}${kinds && `, ${kinds}`}`;
}
