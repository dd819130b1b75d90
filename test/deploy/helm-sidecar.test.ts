import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CASES } from './support/cases.ts';
import { CHART, findHelm, type Helm, objectsOf, type Values } from './support/chart.ts';
import { only, signerOf, workloadOf } from './support/objects.ts';

const found = await findHelm();
const helm = found as Helm;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidecar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The notes that `helm install` prints: `helm template` leaves them out, so they are rendered into a ConfigMap here. */
async function notes(values: Values): Promise<string> {
  const chart = join(folder, 'chart');
  cpSync(CHART, chart, { recursive: true });
  cpSync(join(CHART, 'templates', 'NOTES.txt'), join(chart, 'files', 'notes.txt'));
  writeFileSync(
    join(chart, 'templates', 'notes.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\n' +
      'data: {notes: {{ tpl (.Files.Get "files/notes.txt") . | toJson }}}\n',
  );
  const render = await helm.render(values, chart);
  if (!render.ok) throw new Error(render.error);
  return render.objects.find(({ metadata }) => metadata.name === 'notes')?.data?.notes ?? '';
}

describe.skipIf(found === undefined)('mode sidecar', () => {
  it('renders nothing that runs, unless the example is asked for', async () => {
    const objects = await objectsOf(helm, CASES.sidecar ?? {});
    expect(objects.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'ServiceAccount']);
  });

  it('starts before Envoy and ends after it', async () => {
    const { spec } = workloadOf(await objectsOf(helm, CASES['sidecar, example'] ?? {})).template;
    expect(spec.initContainers).toMatchObject([{ name: 'sigv4-extproc', restartPolicy: 'Always', ports: [] }]);
    expect(spec.containers.map(({ name }) => name)).toEqual(['envoy']);
  });

  it('prints a container to paste which is the one that the example runs', async () => {
    const text = await notes(CASES.sidecar ?? {});
    const snippet = /^spec:\n(?: {2}.*\n)+/m.exec(text)?.[0] ?? '';
    const pasted = parse(snippet).spec;
    const example = workloadOf(await objectsOf(helm, CASES['sidecar, example'] ?? {})).template.spec;
    expect(pasted.initContainers).toEqual(JSON.parse(JSON.stringify([signerAsRendered(example)])));
    expect(pasted.volumes).toEqual([{ name: 'sigv4-extproc-server', configMap: { name: 'signer-sigv4-extproc' } }]);
    expect(text).toContain('127.0.0.1:50051');
  });

  it('is a container of any chart that has this one as subchart', async () => {
    const parent = join(folder, 'gateway');
    mkdirSync(join(parent, 'templates'), { recursive: true });
    cpSync(CHART, join(parent, 'charts', 'sigv4-extproc'), { recursive: true });
    writeFileSync(join(parent, 'Chart.yaml'), 'apiVersion: v2\nname: gateway\nversion: 1.0.0\n');
    const fromReadme = /```yaml\n(# templates\/deployment\.yaml[\s\S]*?)```/.exec(
      readFileSync(join(CHART, 'README.md'), 'utf8'),
    );
    writeFileSync(join(parent, 'templates', 'deployment.yaml'), fromReadme?.[1] ?? '');
    const render = await helm.render({ 'sigv4-extproc': CASES.sidecar }, parent);
    if (!render.ok) throw new Error(render.error);
    const spec = workloadOf(render.objects).template.spec;
    expect(signerOf(spec)).toMatchObject({
      restartPolicy: 'Always',
      image: expect.stringContaining('images.example/'),
    });
    const map = only(render.objects, 'ConfigMap');
    expect(spec.volumes).toContainEqual({ name: 'sigv4-extproc-server', configMap: { name: map.metadata.name } });
  });
});

describe.skipIf(found === undefined)('the notes', () => {
  it.each([
    ['daemonset on a unix socket', 'hostPath: {path: /run/sigv4-extproc, type: Directory}', undefined],
    ['deployment with mTLS', 'signer-sigv4-extproc.signing.svc:50051', 'WARNING'],
    ['deployment, insecure, IPv6, scraped', 'WARNING: insecure: true', undefined],
    ['daemonset with mTLS', 'create-pod-identity-association', 'WARNING'],
  ])('of %s', async (name, words, never) => {
    const text = await notes(CASES[name] ?? {});
    expect(text).toContain(words);
    if (never !== undefined) expect(text).not.toContain(never);
  });

  it('warn of an authority whose every certificate is let in', async () => {
    expect(await notes({ ...CASES['deployment with mTLS'], tls: { secretName: 'x' } })).toContain(
      'tls.allowedSans is empty',
    );
  });
});

/** The container without what the parser of the tests added. */
function signerAsRendered(spec: Parameters<typeof signerOf>[0]): object {
  const { ports: _ports, ...rendered } = signerOf(spec);
  return rendered;
}
