/*
 * Writes test/fixtures/crds/: of each CustomResourceDefinition in the given files what the manifests in envoy/ use of it.
 *
 *   node scripts/crd-schemas.ts --source 'istio.io/api v1.31.1' PATH/TO/customresourcedefinitions.gen.yaml
 *
 * A field that a manifest has and its CRD has not is not written, so the test of the manifests finds it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { integrations, type Manifest, manifestsOf } from '../test/e2e/integrations/support/manifests.ts';

type Schema = Record<string, unknown>;

const folder = join(import.meta.dirname, '..', 'test', 'fixtures', 'crds');
const KEPT_EXTENSIONS = new Set(['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-int-or-string']);
const LEFT_OUT = new Set(['description', 'default', 'example', 'format', 'title']);

const crdShape = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({
        name: z.string(),
        schema: z.object({ openAPIV3Schema: z.object({ properties: z.looseObject({ spec: z.looseObject({}) }) }) }),
      }),
    ),
  }),
});

const { values, positionals } = parseArgs({ options: { source: { type: 'string' } }, allowPositionals: true });
const all = integrations().flatMap((name) => manifestsOf(name));
for (const file of positionals) {
  for (const document of parseAllDocuments(withoutTemplates(readFileSync(file, 'utf8')))) {
    const crd = crdShape.safeParse(document.toJS());
    if (crd.success) write(crd.data.spec, `${values.source ?? ''} ${basename(file)}`.trim());
  }
}

function write({ group, names, versions }: z.infer<typeof crdShape>['spec'], source: string): void {
  for (const { name: version, schema } of versions) {
    const apiVersion = `${group}/${version}`;
    const used = all.filter((manifest: Manifest) => manifest.kind === names.kind && manifest.apiVersion === apiVersion);
    if (used.length === 0) continue;
    const spec = trim(
      schema.openAPIV3Schema.properties.spec,
      used.map((manifest) => manifest.spec),
    );
    const text = JSON.stringify({ apiVersion, kind: names.kind, source, licence: 'Apache-2.0', spec }, undefined, 2);
    writeFileSync(join(folder, `${names.kind.toLowerCase()}.${group}.json`), `${text}\n`);
    console.log(`${names.kind} ${apiVersion}`);
  }
}

function trim(schema: Schema, instances: readonly unknown[]): Schema {
  const entries = Object.entries(schema).filter(
    ([key]) => !LEFT_OUT.has(key) && (!key.startsWith('x-kubernetes-') || KEPT_EXTENSIONS.has(key)),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, trimmed(key, value, instances)]));
}

function trimmed(key: string, value: unknown, instances: readonly unknown[]): unknown {
  if (key === 'properties') {
    const used = Object.entries(value as Record<string, Schema>)
      .map(([name, schema]) => ({ name, schema, inside: instances.flatMap((instance) => at(instance, name)) }))
      .filter(({ inside }) => inside.length > 0);
    return Object.fromEntries(used.map(({ name, schema, inside }) => [name, trim(schema, inside)]));
  }
  if (key === 'items') return trim(value as Schema, instances.flat());
  if (key === 'additionalProperties' && typeof value === 'object' && value !== null) {
    return trim(
      value as Schema,
      instances.flatMap((instance) => (isObject(instance) ? Object.values(instance) : [])),
    );
  }
  return value;
}

function at(instance: unknown, name: string): unknown[] {
  return isObject(instance) && Object.hasOwn(instance, name) ? [instance[name]] : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Charts wrap CRDs in conditions, each on a line of its own. */
function withoutTemplates(text: string): string {
  return text.replaceAll(/^\s*\{\{.*\}\}\s*$/gm, '');
}
