import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DeployTools, ensureDeployTools } from '../../scripts/deploy-tools.ts';
import { run } from '../../scripts/venv.ts';
import { serveCommand } from '../../src/cli/serve.ts';
import { CASES } from './support/cases.ts';
import { findHelm, type Helm, NAMESPACE, objectsOf, type Values } from './support/chart.ts';
import { only, selects, signerOf, workloadOf } from './support/objects.ts';
import { checkServerFile } from './support/server-file.ts';

/** The oldest that the chart says it runs on, and the newest whose schemas there are. */
const KUBERNETES = ['1.30', '1.37'];

const helm = await findHelm();
const tools = helm && (await ensureDeployTools());
const there = helm === undefined || tools === undefined ? undefined : { helm, tools };
if (there === undefined) console.error('no helm and no Go to build it: the tests of the chart skip');

describe.skipIf(there === undefined).each(Object.entries(CASES))('the chart as %s', (_name, values) => {
  const { helm, tools } = there as { helm: Helm; tools: DeployTools };
  const workloads = async () => workloadOf(await objectsOf(helm, values));
  const hasPods = values.mode !== 'sidecar' || 'sidecar' in values;
  const isDeployment = values.mode === 'deployment';

  it('passes helm lint --strict', async () => {
    const { ok, output } = await helm.lint(values);
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('0 chart(s) failed') });
    expect(output).not.toMatch(/\[(WARNING|ERROR)\]/);
  });

  it.each(KUBERNETES)("is valid by Kubernetes' schemas of %s", async (version) => {
    const objects = await objectsOf(helm, values);
    const folder = await mkdtemp(join(tmpdir(), 'manifests-'));
    // The operator's own kind is no part of Kubernetes.
    const own = objects.filter(({ kind }) => kind !== 'PodMonitor');
    const files = own.map(({ kind }, index) => join(folder, `${index}-${kind}.json`));
    await Promise.all(own.map((object, index) => writeFile(files[index] ?? '', JSON.stringify(object))));
    const { ok, output } = await run(tools.kubernetesValidate, ['-k', version, '--strict', ...files]);
    await rm(folder, { recursive: true });
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('passed') });
    expect(output.match(/passed for resource/g)).toHaveLength(own.length);
  });

  it('puts every object into the namespace, under one name and the same labels', async () => {
    for (const { kind, metadata } of await objectsOf(helm, values)) {
      expect(metadata).toMatchObject({ namespace: NAMESPACE, labels: { 'app.kubernetes.io/instance': 'signer' } });
      if (kind === 'ServiceAccount') continue;
      expect(metadata.name).toMatch(values.fullnameOverride ? /^aws-signer$/ : /^signer-sigv4-extproc(-example)?$/);
    }
  });

  it("writes a server's file that the service reads", async () => {
    const [map] = (await objectsOf(helm, values)).filter(({ data }) => data?.['server.yaml'] !== undefined);
    const config = checkServerFile(map?.data?.['server.yaml'] ?? '');
    expect(config.listen).toBe(listenOf(values));
    expect(config.admin).toBe(isScraped(values) ? '[::]:9902' : '127.0.0.1:9902');
    if ('server' in values) {
      expect(config.stsTimeoutMs).toBe(2000);
      expect([...config.profiles.keys()]).toEqual(['orders']);
    }
  });

  it.runIf(hasPods)('locks every container down', async () => {
    const { spec } = (await workloads()).template;
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, fsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const flag of ['hostNetwork', 'hostPID', 'hostIPC']) expect(spec).not.toHaveProperty(flag);
    for (const container of [...spec.initContainers, ...spec.containers]) {
      const root = container.name === 'prepare-socket-directory';
      expect(container.securityContext).toEqual({
        ...(root
          ? { runAsNonRoot: false, runAsUser: 0 }
          : { runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532 }),
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        privileged: false,
        capabilities: root ? { drop: ['ALL'], add: ['CHOWN'] } : { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(Object.keys(container.resources.requests)).toEqual(expect.arrayContaining(['cpu', 'memory']));
      expect(Object.keys(container.resources.limits)).toEqual(['memory']);
    }
  });

  it.runIf(hasPods)('mounts what it names, and names what it mounts', async () => {
    const { spec } = (await workloads()).template;
    const mounts = [...spec.initContainers, ...spec.containers].flatMap(({ volumeMounts }) => volumeMounts);
    const mounted = new Set(mounts.map(({ name }) => name));
    expect([...mounted].sort()).toEqual(spec.volumes.map(({ name }) => name).sort());
    const server = spec.volumes.find(({ name }) => name === 'sigv4-extproc-server');
    const objects = await objectsOf(helm, values);
    const maps = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(maps).toContain(z.object({ configMap: z.object({ name: z.string() }) }).parse(server).configMap.name);
  });

  it.runIf(hasPods)('probes what the kubelet can reach, and restarts only what does not answer', async () => {
    const { spec } = (await workloads()).template;
    const { startupProbe, readinessProbe, livenessProbe, ports } = signerOf(spec);
    for (const probe of [startupProbe, livenessProbe]) {
      if (isScraped(values)) expect(probe?.httpGet).toEqual({ path: '/healthz', port: 'sigv4-admin' });
      else expect(probe?.exec?.command.slice(1)).toEqual(['/app/dist/cli/health.js', 'live', '127.0.0.1:9902']);
    }
    if (values.insecure === true) {
      expect(readinessProbe?.grpc?.port).toBe(ports.find(({ name }) => name === 'grpc')?.containerPort);
      expect(String(readinessProbe?.grpc?.port)).toBe(listenOf(values).split(':').at(-1));
    } else
      expect(readinessProbe?.exec?.command.slice(1)).toEqual(['/app/dist/cli/health.js', 'ready', '127.0.0.1:9902']);
  });

  it.runIf(hasPods)('ends within its grace period, and gives serve flags that it has', async () => {
    const { spec } = (await workloads()).template;
    const signer = signerOf(spec);
    const grace = Number(signer.args?.find((arg) => arg.startsWith('--shutdown-grace='))?.split('=')[1]);
    const delay = Number(signer.args?.find((arg) => arg.startsWith('--shutdown-delay='))?.split('=')[1]);
    const sleep = signer.lifecycle?.preStop.sleep.seconds ?? 0;
    expect(grace).toBeGreaterThan(10);
    expect(sleep + delay + grace).toBeLessThan(spec.terminationGracePeriodSeconds);
    expect(spec.terminationGracePeriodSeconds).toBeLessThanOrEqual(30);
    // Beside Envoy, the signer outlives it by the order of native sidecars; elsewhere the sleep lets Envoys look away.
    expect(sleep > 0).toBe(signer.restartPolicy === undefined);
    const [command, ...flags] = signer.args ?? [];
    expect(command).toBe('serve');
    const known = serveCommand().options.map(({ long }) => long);
    for (const flag of flags) expect(known).toContain(flag.split('=')[0]);
    expect(flags.includes('--insecure')).toBe(values.insecure === true);
  });

  it.runIf(hasPods)('runs as its ServiceAccount', async () => {
    const objects = await objectsOf(helm, values);
    const name = workloadOf(objects).template.spec.serviceAccountName;
    if ('serviceAccount' in values) {
      expect(objects.some(({ kind }) => kind === 'ServiceAccount')).toBe(false);
      return expect(name).toBe('signing');
    }
    const account = only(objects, 'ServiceAccount');
    expect(account.metadata.name).toBe(name);
    const arn = 'irsa' in values ? 'arn:aws:iam::123456789012:role/signer' : undefined;
    expect(account.metadata.annotations?.['eks.amazonaws.com/role-arn']).toBe(arn);
  });

  it.runIf(isDeployment || values.mode === 'daemonset')('selects its own pods everywhere', async () => {
    const objects = await objectsOf(helm, values);
    const { selector, template } = workloadOf(objects);
    const pod = template.metadata.labels;
    expect(selects(selector.matchLabels, pod)).toBe(true);
    const selector_ = z.object({ matchLabels: z.record(z.string(), z.string()) });
    const direct = { Service: z.object({ selector: z.record(z.string(), z.string()) }) };
    const shapes = {
      NetworkPolicy: z.object({ podSelector: selector_ }),
      PodDisruptionBudget: z.object({ selector: selector_ }),
      PodMonitor: z.object({ selector: selector_ }),
    };
    for (const { kind, spec } of objects) {
      if (kind === 'Service') expect(selects(direct.Service.parse(spec).selector, pod)).toBe(true);
      if (!(kind in shapes)) continue;
      const parsed = shapes[kind as keyof typeof shapes].parse(spec);
      const { matchLabels } = 'podSelector' in parsed ? parsed.podSelector : parsed.selector;
      expect(selects(matchLabels, pod), kind).toBe(true);
    }
    for (const { labelSelector } of template.spec.topologySpreadConstraints ?? []) {
      expect(selects(labelSelector.matchLabels, pod)).toBe(true);
    }
  });
});

function isScraped({ admin }: Values): boolean {
  return admin !== undefined;
}

function listenOf({ mode, transport, tls, grpc }: Values): string {
  if (transport === 'unix' || (mode === 'daemonset' && tls === undefined)) return 'unix:/run/sigv4-extproc/grpc.sock';
  if (mode === 'sidecar') return '127.0.0.1:50051';
  return grpc === undefined ? '0.0.0.0:50051' : '[::]:50055';
}
