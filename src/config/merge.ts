import { displacedBy, isSet, type Layer, type LayerOrigin, withoutConflict } from './layer.ts';
import { FIELD_NAMES, type FieldName, type RouteFields } from './layer-schema.ts';

export interface MergedConfig {
  fields: RouteFields;
  /** The layer that each field's value came from. */
  origins: ReadonlyMap<FieldName, LayerOrigin>;
}

const ROLE_FIELDS: ReadonlySet<FieldName> = new Set(['aws_assume_role_arn', 'aws_account_id']);

/**
 * Merges layers, lowest precedence first, field by field: lists and objects replace, `null` unsets, and a member of an
 * exclusive group displaces the lower layers' other members.
 * @throws ConfigError SIGV4_CONFIG_INVALID where a layer holds two members of such a group
 */
export function mergeLayers(layers: readonly Layer[]): MergedConfig {
  const fields: Record<string, unknown> = {};
  const origins = new Map<FieldName, LayerOrigin>();
  const drop = (name: FieldName) => {
    delete fields[name];
    origins.delete(name);
  };
  const kong = layers.findLast((layer) => layer.fields.compat !== undefined)?.fields.compat === 'kong';
  for (const layer of layers.map((each) => withoutConflict(each, kong))) {
    for (const displaced of FIELD_NAMES.filter((name) => isSet(layer.fields, name)).flatMap(displacedBy)) {
      // A role's name means the session beside an ARN: it goes with what it stood beside.
      if (ROLE_FIELDS.has(displaced) && displaced in fields) drop('aws_assume_role_name');
      drop(displaced);
    }
    for (const name of FIELD_NAMES) {
      const value = layer.fields[name];
      if (value === undefined) continue;
      if (value === null) {
        drop(name);
      } else {
        fields[name] = value;
        origins.set(name, layer.origin);
      }
    }
  }
  return { fields: fields as RouteFields, origins };
}
