import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const folder = join(import.meta.dirname, '..', 'fixtures', 'crds');

const fixtureShape = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  source: z.string().min(10),
  licence: z.literal('Apache-2.0'),
  spec: z.record(z.string(), z.unknown()),
});

type Schema = Record<string, unknown>;

/** The JSON Schema of a resource's `spec`, by `apiVersion kind`, in which a field that is not named is an error. */
export function crdSchemas(): Map<string, Schema> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((name) => {
      const { apiVersion, kind, spec } = fixtureShape.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      return [`${apiVersion} ${kind}`, strict(spec)];
    }),
  );
}

/** A structural schema of Kubernetes, which prunes what it does not name, as one that refuses it. */
function strict(schema: Schema): Schema {
  const {
    properties,
    items,
    additionalProperties,
    nullable,
    exclusiveMaximum,
    'x-kubernetes-int-or-string': intOrString,
    'x-kubernetes-preserve-unknown-fields': open,
    ...rest
  } = schema;
  if (intOrString === true) return { type: ['integer', 'string'] };
  return {
    ...rest,
    // OpenAPI 3.0 has it as JSON Schema once had, beside `maximum`.
    ...(exclusiveMaximum === true && { exclusiveMaximum: rest.maximum }),
    ...(nullable === true && { type: [rest.type, 'null'] }),
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, isObject(value) ? strict(value) : value]),
      ),
    }),
    ...(isObject(items) && { items: strict(items) }),
    ...(isObject(additionalProperties)
      ? { additionalProperties: strict(additionalProperties) }
      : (isObject(properties) || rest.type === 'object') && open !== true && { additionalProperties: false }),
  };
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
