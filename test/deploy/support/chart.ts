import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { ensureHelm } from '../../../scripts/helm.ts';
import { run } from '../../../scripts/venv.ts';
import { type KubernetesObject, kubernetesObject } from './objects.ts';

/** The chart's folder. */
export const CHART = join(import.meta.dirname, '..', '..', '..', 'deploy', 'helm', 'sigv4-extproc');
export const RELEASE = 'signer';
export const NAMESPACE = 'signing';

export type Values = Readonly<Record<string, unknown>>;

/** Rendered by `helm template`, or what Helm said against it. */
export type Render = { ok: true; text: string; objects: readonly KubernetesObject[] } | { ok: false; error: string };

export interface Helm {
  lint: (values: Values) => Promise<{ ok: boolean; output: string }>;
  /** @param chart another folder than the project's chart */
  render: (values: Values, chart?: string) => Promise<Render>;
}

/** The Helm of this machine; undefined where there is neither Helm nor a Go to build it. */
export async function findHelm(): Promise<Helm | undefined> {
  const helm = await ensureHelm();
  if (helm === undefined) return undefined;
  const call = async (args: readonly string[], values: Values) => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    try {
      const file = join(folder, 'values.yaml');
      writeFileSync(file, stringify(values));
      // A Helm that `go install` built takes itself for one of Kubernetes 1.20.
      return await run(helm, [...args, '--kube-version', '1.33.0', '--values', file]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  return {
    lint: (values) => call(['lint', '--strict', CHART], values),
    async render(values, chart = CHART) {
      const { ok, output } = await call(['template', RELEASE, chart, '--namespace', NAMESPACE], values);
      if (!ok) return { ok, error: output };
      const objects = parseAllDocuments(output).map((document) => {
        if (document.errors.length > 0) throw new Error(`not YAML: ${document.errors[0]?.message}\n${output}`);
        return document.toJS() as unknown;
      });
      return { ok, text: output, objects: objects.filter((o) => o !== null).map((o) => kubernetesObject.parse(o)) };
    },
  };
}

/** The objects of a render that must go well. */
export async function objectsOf(helm: Helm, values: Values): Promise<readonly KubernetesObject[]> {
  const render = await helm.render(values);
  if (!render.ok) throw new Error(render.error);
  return render.objects;
}
