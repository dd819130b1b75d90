import { z } from 'zod';
import { isHeaderName } from '../signing/index.ts';
import { assumeRoleChain, roleArn, SESSION_FIELDS } from './session-fields.ts';

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

const host = z.string().regex(HOST, 'must be a host name, without scheme or path');
const headerName = z.string().toLowerCase().refine(isHeaderName, 'must be a header name');
/** A region becomes part of STS's host name, so nothing but a label may pass. */
const region = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a region name such as eu-west-1');

/** For SigV4A a set of them, joined by commas, in which `*` may stand for any characters. */
const regionSet = z
  .string()
  .regex(
    /^[a-z0-9*-]{1,64}(?:,[a-z0-9*-]{1,64}){0,31}$/,
    'must be a region name such as eu-west-1, or a set of them for sigv4a',
  );

/** As Envoy compares and writes prefixes, byte for byte. */
const pathPrefix = z
  .string()
  .regex(/^\/[!-~]*$/, 'must be a path that begins with /')
  .regex(/^[^?#]*$/, 'must be a path, without query');

/** Headers that Envoy or a proxy behind it may change: signed, they would break the signature. */
const NEVER_SIGNED =
  /^(?:host|authorization|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|via|expect|forwarded|accept-encoding|user-agent|traceparent|tracestate|baggage|b3|x-b3-.*|x-forwarded-.*|x-envoy-.*|x-request-id|x-amzn-trace-id|x-amz-date|x-amz-security-token|x-amz-content-sha256|x-amz-s3session-token)$/;

/** Headers that carry no token: to take one of them away, or to write it anew, would break the request. */
const RESERVED =
  /^(?:host|connection|content-length|content-type|content-encoding|transfer-encoding|te|trailer|upgrade|expect|x-amz-date|x-amz-security-token|x-amz-content-sha256|x-amz-region-set|x-amz-s3session-token)$/;

/**
 * The fields of a route's signing config, as one layer gives them: each may be absent, and `null` unsets what a lower
 * layer set. The names are those of the Kong plugin aws-request-signing, extended in its manner.
 */
const FIELDS = {
  profile: z.string().min(1),

  aws_region: regionSet,
  aws_service: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be the service's signing name, such as execute-api"),

  credential_source: z.enum(['caller', 'workload']),
  aws_profile: z.string().min(1),
  aws_assume_role_arn: roleArn,
  aws_account_id: z.string().regex(/^[0-9]{12}$/, 'must be a string of 12 digits'),
  aws_assume_role_name: z
    .string()
    .max(512)
    .regex(/^[\w+=,.@-]+(?:\/[\w+=,.@-]+)*$/, "must be an IAM role's name"),
  ...SESSION_FIELDS,
  assume_role_chain: assumeRoleChain,
  credential_cache_scope: z.enum(['caller', 'role']),

  auth_header: headerName.refine(
    (name) => !RESERVED.test(name),
    'must not be a header that Envoy, the client or the signer needs',
  ),
  auth_cookie: z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "must be a cookie's name"),
  preserve_auth_header: z.boolean(),
  preserve_auth_header_key: headerName.refine(
    (name) => name !== 'authorization' && !RESERVED.test(name),
    'must not be a header that Envoy, the client or the signer needs',
  ),
  on_missing_token: z.enum(['deny', 'pass']),

  aws_sts_region: region,
  aws_sts_endpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  use_fips_endpoint: z.boolean(),
  use_dualstack_endpoint: z.boolean(),
  return_aws_sts_error: z.boolean(),

  override_target_host: host,
  override_target_port: z.int().min(1).max(65_535),
  override_target_protocol: z.enum(['http', 'https']),
  use_altered_target: z.boolean(),
  sign_host: host,
  allowed_hosts: z.array(z.string().min(1)).min(1),
  rewrite_path: z.strictObject({ strip_prefix: pathPrefix, replace: pathPrefix.or(z.literal('')) }),

  signing_algorithm: z.enum(['sigv4', 'sigv4a']),
  sign_query: z.boolean(),
  // A presigned URL lives for seven days at most.
  sign_query_expires: z.int().min(1).max(604_800),
  payload: z.enum(['signed', 'unsigned', 'passthrough', 'streaming']),
  trailer_checksum: z.enum(['crc32', 'crc32c', 'crc64nvme']),
  signed_headers: z.array(
    headerName.refine(
      (name) => !NEVER_SIGNED.test(name),
      'must not be a header that proxies change or the signer writes',
    ),
  ),
  path_encoding: z.enum(['single', 'double']),
  path_normalization: z.boolean(),

  compat: z.literal('kong'),
};

type FieldSchemas = typeof FIELDS;

/** The settings of one layer, or of all of them merged. */
export type RouteFields = { [F in keyof FieldSchemas]?: z.output<FieldSchemas[F]> };

export type FieldName = keyof RouteFields;

/** One layer: as `RouteFields`, with `null` to unset. */
export type LayerFields = { [F in FieldName]?: RouteFields[F] | null };

export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];

const nullable = Object.fromEntries(
  Object.entries(FIELDS).map(([name, schema]) => [name, (schema as z.ZodType).nullable().optional()]),
);

/** Validates one layer; unknown fields are refused. */
export const layerSchema = z.strictObject(nullable) as unknown as z.ZodType<LayerFields>;
