import { ConfigError } from '../errors/index.ts';
import type { FieldName, LayerFields } from './layer-schema.ts';
import { layerSchema } from './layer-schema.ts';
import { isStsEndpointOfAws } from './sts-endpoint.ts';
import { fieldPath, problemsOf } from './validation.ts';

/** Where a layer came from, lowest precedence first. */
export const LAYER_ORIGINS = ['defaults', 'profile', 'cluster', 'virtual host', 'route', 'dynamic metadata'] as const;

export type LayerOrigin = (typeof LAYER_ORIGINS)[number];

export interface Layer {
  origin: LayerOrigin;
  fields: LayerFields;
}

/** Enough to mend a config by; the refusal goes to every caller of the route. */
const PROBLEMS_NAMED = 5;

/** Fields of which a config may hold only one. */
const EXCLUSIVE: readonly (readonly FieldName[])[] = [
  ['aws_assume_role_arn', 'aws_account_id'],
  ['override_target_host', 'sign_host', 'use_altered_target'],
];

/** The lower layers' fields that make way for a field: its rivals, and what means nothing without them. */
export function displacedBy(field: FieldName): readonly FieldName[] {
  const group = EXCLUSIVE.find((members) => members.includes(field)) ?? [];
  const rivals = group.filter((member) => member !== field);
  return rivals.includes('override_target_host') ? [...rivals, 'override_target_port'] : rivals;
}

/** Whether a layer takes a side in its exclusive group: `use_altered_target: false` does not. */
export function isSet(fields: LayerFields, field: FieldName): boolean {
  const value = fields[field];
  return value !== undefined && value !== null && value !== false;
}

/**
 * The layer, if it takes one side only in each exclusive group; in Kong's compatibility mode the altered target wins
 * over the overridden one, as in the plugin.
 * @throws ConfigError SIGV4_CONFIG_INVALID
 */
export function withoutConflict({ origin, fields }: Layer, kong: boolean): Layer {
  const kept = kong && isSet(fields, 'use_altered_target') ? omitted(fields, OVERRIDES) : fields;
  for (const group of EXCLUSIVE) {
    const members = group.filter((field) => isSet(kept, field));
    if (members.length > 1) throw invalid(origin, `${members.join(' and ')} exclude each other`);
  }
  return { origin, fields: kept };
}

const OVERRIDES: readonly FieldName[] = ['override_target_host', 'override_target_port'];

function omitted(fields: LayerFields, names: readonly FieldName[]): LayerFields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name as FieldName)));
}

/**
 * Validates what one channel yielded for one layer.
 * @throws ConfigError SIGV4_CONFIG_INVALID, naming every field that is wrong
 */
export function parseLayer(origin: LayerOrigin, value: unknown): Layer {
  const parsed = layerSchema.safeParse(value);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error)
      .slice(0, PROBLEMS_NAMED)
      .map(({ path, message }) => `${fieldPath(path) || 'the config'} ${message}`);
    throw invalid(origin, problems.join('; '));
  }
  const fields = parsed.data;
  if (isFromEnvoy(origin) && fields.aws_sts_endpoint && !isStsEndpointOfAws(fields.aws_sts_endpoint)) {
    throw invalid(
      origin,
      "aws_sts_endpoint must be an https name of AWS's STS; other endpoints come from the server's file or AWS_ENDPOINT_URL_STS",
    );
  }
  return { origin, fields };
}

/**
 * Reads a layer that a channel carries as JSON.
 * @throws ConfigError SIGV4_CONFIG_INVALID
 */
export function parseJsonLayer(origin: LayerOrigin, json: string): Layer {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid(origin, 'the config is not JSON');
  }
  return parseLayer(origin, value);
}

export function invalid(origin: LayerOrigin, problem: string, cause?: unknown): ConfigError {
  return new ConfigError('SIGV4_CONFIG_INVALID', `signing config (${origin}): ${problem}`, { cause });
}

/** The server's own file is its operator's word; a route may be a tenant's. */
function isFromEnvoy(origin: LayerOrigin): boolean {
  return origin !== 'defaults' && origin !== 'profile';
}
