import { percentDecode, type ServiceRules, serviceRules, uriEncodePath, withoutDefaultPort } from '../signing/index.ts';
import { contradiction } from './contradiction.ts';
import { type IdentitySettings, identityOf } from './finish-identity.ts';
import type { FieldName, RouteFields } from './layer-schema.ts';
import type { MergedConfig } from './merge.ts';
import type { CallerTokenRule, PathRewrite, PayloadMode, SigningConfig, Target } from './signing-config.ts';

/** As of the Kong plugin. */
const DEFAULT_QUERY_EXPIRES_SECONDS = 300;

/**
 * Turns merged fields into the config that signs, filling in what the service and the other fields imply.
 * @throws ConfigError SIGV4_CONFIG_INVALID on what is missing or contradictory
 */
export function finishConfig({ fields, origins }: MergedConfig, settings: IdentitySettings): SigningConfig {
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
    identity: identityOf(fields, stsRegion, settings),
    callerToken: callerTokenOf(fields),
    target: targetOf(fields),
    ...(fields.rewrite_path && { rewritePath: pathRewriteOf(fields.rewrite_path, rules) }),
    ...(fields.override_target_protocol && { scheme: fields.override_target_protocol }),
    payload,
    ...(fields.trailer_checksum && { trailerChecksum: fields.trailer_checksum }),
    refusals: { kong: fields.compat === 'kong', stsError: fields.return_aws_sts_error ?? false },
    origins,
  });
}

/** Of the Kong plugin's defaults, those that lower the guard hold in its compatibility mode alone. */
function callerTokenOf(fields: RouteFields): CallerTokenRule {
  const kong = fields.compat === 'kong';
  return {
    header: fields.auth_header ?? 'authorization',
    ...(fields.auth_cookie !== undefined && { cookie: fields.auth_cookie }),
    copyHeader: fields.preserve_auth_header_key ?? 'x-authorization',
    keepCopy: fields.preserve_auth_header ?? kong,
    onMissing: fields.on_missing_token ?? (kong ? 'pass' : 'deny'),
  };
}

/** A set of regions names no STS, nor a partition. */
function stsRegionOf(fields: RouteFields, algorithm: 'sigv4' | 'sigv4a', region: string): string {
  if (algorithm === 'sigv4' && /[,*]/.test(region))
    throw contradiction('aws_region is a set, which needs signing_algorithm: sigv4a');
  if (algorithm === 'sigv4a' && fields.aws_sts_region === undefined)
    throw contradiction('signing_algorithm: sigv4a needs aws_sts_region');
  return fields.aws_sts_region ?? region;
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

/** The signer encodes such a path anew; a prefix in another form could not be found in it again. */
function pathRewriteOf(
  { strip_prefix: stripPrefix, replace }: NonNullable<RouteFields['rewrite_path']>,
  { pathEncoding }: ServiceRules,
): PathRewrite {
  if (pathEncoding === 'single' && uriEncodePath(percentDecode(replace)) !== replace)
    throw contradiction('rewrite_path.replace must be encoded as AWS encodes, all but A-Za-z0-9-._~/ as %XX');
  return { stripPrefix, replace };
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
