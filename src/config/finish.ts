import { ConfigError } from '../errors/index.ts';
import { partitionOf, type ServiceRules, serviceRules, withoutDefaultPort } from '../signing/index.ts';
import type { FieldName, RouteFields } from './layer-schema.ts';
import type { MergedConfig } from './merge.ts';
import { cleanSessionName } from './session-name.ts';
import type { Identity, PayloadMode, RoleSession, SigningConfig, StsEndpoint, Target } from './signing-config.ts';

/** As of the Kong plugin. */
const DEFAULT_QUERY_EXPIRES_SECONDS = 300;

/**
 * Turns merged fields into the config that signs, filling in what the service and the other fields imply.
 * @throws ConfigError SIGV4_CONFIG_INVALID on what is missing or contradictory
 */
export function finishConfig({ fields, origins }: MergedConfig): SigningConfig {
  const region = required(fields, 'aws_region');
  const algorithm = fields.signing_algorithm ?? 'sigv4';
  const stsRegion = stsRegionOf(fields, algorithm, region);
  const service = required(fields, 'aws_service');
  const rules: ServiceRules = {
    ...serviceRules(service),
    ...(fields.path_encoding !== undefined && { pathEncoding: fields.path_encoding }),
    ...(fields.path_normalization !== undefined && { pathNormalization: fields.path_normalization }),
  };
  const payload = payloadOf(fields, service, rules);
  if (payload === 'streaming') requireStreamable(fields, service, rules);
  else if (fields.trailer_checksum) throw contradiction('trailer_checksum belongs to payload: streaming');
  return Object.freeze({
    algorithm,
    region,
    service,
    rules,
    ...(fields.sign_query && { queryExpiresSeconds: fields.sign_query_expires ?? DEFAULT_QUERY_EXPIRES_SECONDS }),
    signedHeaders: new Set(fields.signed_headers),
    identity: identityOf(fields, stsRegion),
    callerToken: {
      header: fields.auth_header ?? 'authorization',
      copyHeader: fields.preserve_auth_header_key ?? 'x-authorization',
      keepCopy: fields.preserve_auth_header ?? false,
      onMissing: fields.on_missing_token ?? 'deny',
    },
    target: targetOf(fields),
    ...(fields.override_target_protocol && { scheme: fields.override_target_protocol }),
    payload,
    ...(fields.trailer_checksum && { trailerChecksum: fields.trailer_checksum }),
    origins,
  });
}

/** A set of regions names no STS, nor a partition. */
function stsRegionOf(fields: RouteFields, algorithm: 'sigv4' | 'sigv4a', region: string): string {
  if (algorithm === 'sigv4' && /[,*]/.test(region))
    throw contradiction('aws_region is a set, which needs signing_algorithm: sigv4a');
  if (algorithm === 'sigv4a' && fields.aws_sts_region === undefined)
    throw contradiction('signing_algorithm: sigv4a needs aws_sts_region');
  return fields.aws_sts_region ?? region;
}

function identityOf(fields: RouteFields, stsRegion: string): Identity {
  const role = roleOf(fields, stsRegion);
  const source = fields.credential_source ?? (role ? 'caller' : 'workload');
  if (fields.aws_sts_endpoint && (fields.use_fips_endpoint || fields.use_dualstack_endpoint)) {
    throw contradiction('aws_sts_endpoint excludes use_fips_endpoint and use_dualstack_endpoint');
  }
  const sts: StsEndpoint = {
    region: stsRegion,
    ...(fields.aws_sts_endpoint && { url: fields.aws_sts_endpoint }),
    fips: fields.use_fips_endpoint ?? false,
    dualStack: fields.use_dualstack_endpoint ?? false,
  };
  if (source === 'workload') {
    return { source, sts, ...(fields.aws_profile && { profile: fields.aws_profile }), ...(role && { role }) };
  }
  if (!role)
    throw contradiction(
      'credential_source: caller needs a role (aws_assume_role_arn, or aws_account_id with aws_assume_role_name)',
    );
  if (fields.aws_profile) throw contradiction('aws_profile belongs to credential_source: workload');
  return { source, role, sts };
}

/** Beside an ARN, `aws_assume_role_name` is the session's name, as in the Kong plugin. */
function roleOf(fields: RouteFields, stsRegion: string): RoleSession | undefined {
  const { aws_assume_role_arn: arn, aws_account_id: account, aws_assume_role_name: name } = fields;
  if (arn === undefined && account === undefined) {
    if (name !== undefined) throw contradiction('aws_assume_role_name needs aws_account_id or aws_assume_role_arn');
    for (const field of ['session_name', 'duration_seconds'] as const) {
      if (fields[field] !== undefined) throw contradiction(`${field} needs a role to assume`);
    }
    return undefined;
  }
  if (arn === undefined && name === undefined) throw contradiction('aws_account_id needs aws_assume_role_name');
  const roleArn = arn ?? `arn:${partitionOf(stsRegion)}:iam::${account}:role/${name}`;
  return {
    arn: roleArn,
    sessionName: fields.session_name ?? cleanSessionName(name ?? roleArn.slice(roleArn.lastIndexOf('/') + 1)),
    ...(fields.duration_seconds !== undefined && { durationSeconds: fields.duration_seconds }),
  };
}

function targetOf(fields: RouteFields): Target {
  const { override_target_host: host, override_target_port: port, sign_host: signHost } = fields;
  if (port !== undefined && host === undefined) throw contradiction('override_target_port needs override_target_host');
  const choosesHost = host === undefined && signHost === undefined;
  if (fields.allowed_hosts && !choosesHost)
    throw contradiction('allowed_hosts is for routes whose client chooses the host');
  if (host !== undefined) {
    if (port !== undefined && hasPort(host))
      throw contradiction('override_target_host names a port besides override_target_port');
    return { kind: 'override', authority: withoutDefaultPort(port === undefined ? host : `${host}:${port}`) };
  }
  if (signHost !== undefined) return { kind: 'sign-host', authority: signHost };
  return { kind: 'keep', ...(fields.allowed_hosts && { allowed: fields.allowed_hosts }) };
}

function payloadOf(fields: RouteFields, service: string, rules: ServiceRules): PayloadMode {
  const payload = fields.payload ?? (rules.unsignedPayload === 'required' ? 'unsigned' : 'signed');
  if (payload === 'unsigned' && rules.unsignedPayload === 'refused') {
    throw contradiction(`payload: unsigned is refused by the service ${service}`);
  }
  if (payload !== 'unsigned' && rules.unsignedPayload === 'required') {
    throw contradiction(`payload: the service ${service} takes nothing but unsigned`);
  }
  return payload;
}

function requireStreamable(fields: RouteFields, service: string, rules: ServiceRules): void {
  if (!rules.streamingPayload)
    throw contradiction(`payload: streaming is not taken by the service ${service}, only by S3`);
  if (fields.signing_algorithm === 'sigv4a') throw contradiction('payload: streaming needs signing_algorithm: sigv4');
  if (fields.sign_query) throw contradiction('payload: streaming and sign_query exclude each other');
}

function hasPort(host: string): boolean {
  return /:\d+$/.test(host) && !host.endsWith(']');
}

function required<F extends FieldName>(fields: RouteFields, name: F): NonNullable<RouteFields[F]> {
  const value = fields[name];
  if (value === undefined) throw contradiction(`${name} is required`);
  return value as NonNullable<RouteFields[F]>;
}

function contradiction(problem: string): ConfigError {
  return new ConfigError('SIGV4_CONFIG_INVALID', `signing config: ${problem}`);
}
