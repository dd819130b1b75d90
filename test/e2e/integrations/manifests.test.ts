import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePythonTools } from '../../../scripts/tools.ts';
import { crdSchemas } from '../../support/crd-schema.ts';
import { integrations, type Manifest, manifestsOf } from './support/manifests.ts';

const INSTALL_MS = 180_000;
/** Of Kubernetes itself, and one whose CRD is not under Apache-2.0: `config` is free there, and read by its translation. */
const NOT_CHECKED = ['v1 Namespace', 'v1 Service', 'consul.hashicorp.com/v1alpha1 ProxyDefaults'];
const validator = join(import.meta.dirname, 'support', 'validate.py');
const envoy = join(import.meta.dirname, '..', '..', '..', 'envoy');

const schemas = crdSchemas();
let python: string;
beforeAll(async () => {
  ({ python } = await ensurePythonTools());
}, INSTALL_MS);

describe.each(integrations())('envoy/%s', (integration) => {
  const manifests = manifestsOf(integration);

  it('has nothing that its CRDs do not have', () => {
    const checked = manifests.filter((manifest) => !NOT_CHECKED.includes(typeOf(manifest)));
    expect(errorsIn(checked.map((manifest) => ({ manifest, spec: manifest.spec })))).toEqual([]);
  });

  it('has a README that names each of its files', () => {
    const readme = join(envoy, integration, 'README.md');
    expect(existsSync(readme)).toBe(true);
    const text = readFileSync(readme, 'utf8');
    for (const file of new Set(manifests.map(({ file }) => file.split('/').at(-1) ?? ''))) expect(text).toContain(file);
  });
});

it('finds a misspelt field, a wrong value and a missing one', () => {
  const [extension] = manifestsOf('kgateway').filter(({ kind }) => kind === 'GatewayExtension');
  if (extension === undefined) throw new Error('no GatewayExtension');
  const { extProc } = extension.spec;
  const changed = [
    { extProc: { ...Object(extProc), failopen: false } },
    { extProc: { ...Object(extProc), routeCacheAction: 'Keep' } },
    { extProc: { failOpen: false } },
  ];
  const errors = errorsIn(changed.map((spec) => ({ manifest: extension, spec })));
  expect(errors).toEqual([
    expect.stringContaining("'failopen' was unexpected"),
    expect.stringContaining("'Keep' is not one of"),
    expect.stringContaining("'grpcService' is a required property"),
  ]);
});

function typeOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion} ${kind}`;
}

function errorsIn(all: readonly { manifest: Manifest; spec: object }[]): string[] {
  const cases = all.map(({ manifest, spec }) => {
    const schema = schemas.get(typeOf(manifest));
    if (schema === undefined) throw new Error(`${manifest.file}: no schema of ${typeOf(manifest)}`);
    return { name: `${manifest.file}: ${manifest.kind} ${manifest.metadata.name}`, schema, instance: spec };
  });
  const output = execFileSync(python, [validator], { input: JSON.stringify(cases), encoding: 'utf8' });
  const found: { name: string; error: string }[] = JSON.parse(output);
  return found.map(({ name, error }) => `${name}: ${error}`);
}
