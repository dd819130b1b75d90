import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'envoy');

const manifestShape = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});

/** A Kubernetes object of a file in envoy/. */
export type Manifest = z.infer<typeof manifestShape> & { file: string };

/** The Kubernetes objects of an integration's files, in the order of their names. */
export function manifestsOf(integration: string, only?: string): Manifest[] {
  const files = readdirSync(join(folder, integration)).filter((file) => file.endsWith('.yaml'));
  return files
    .filter((file) => only === undefined || file === only)
    .sort()
    .flatMap((file) => documentsOf(join(integration, file)));
}

/** The names of the integrations that are Kubernetes manifests. */
export function integrations(): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** The objects of one kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** @throws Error if there is not exactly one of that kind, and of that name if it is given */
export function oneOfKind(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = ofKind(manifests, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return only;
}

function documentsOf(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    return { ...manifestShape.parse(document.toJS()), file };
  });
}
