import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureEnvoy } from '../../../scripts/tools.ts';
import { run } from '../../../scripts/venv.ts';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import { API_HOST } from '../support/backends.ts';
import { send } from '../support/client.ts';
import { configAt, connectionManager, exampleConfig, signerFilters } from '../support/example-config.ts';
import { expectNothingUpstream, onlyAccepted } from '../support/expect.ts';
import { type Container, readServiceAccount, readWorkload } from './support/manifests.ts';
import {
  API_ROLE,
  crossAccountApi,
  NAMESPACE,
  type Pod,
  SERVICE_ACCOUNT,
  startIrsaPod,
  startPodIdentityPod,
} from './support/pod.ts';
import { apiRole, irsaPodRole } from './support/policies.ts';

const { config, deployment } = readWorkload();
const pod = deployment.spec.template;
const containers = [...pod.spec.initContainers, ...pod.spec.containers];
const bootstrap = config.data['envoy.yaml'];
const PROBES_DOWN = { timeout: 20_000, interval: 250 };

function named(name: string): Container {
  const container = containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`no container ${name}`);
  return container;
}

const envOf = (name: string) => Object.fromEntries(named(name).env.map(({ name: key, value }) => [key, value]));

describe('the pod of deploy/eks/manifests', () => {
  it.each(['irsa', 'pod-identity'] as const)('runs as the service account of %s', (variant) => {
    const { name, namespace } = readServiceAccount(variant);
    expect(pod.spec.serviceAccountName).toBe(name);
    expect([config.metadata.namespace, deployment.metadata.namespace]).toEqual([namespace, namespace]);
    expect([namespace, name]).toEqual([NAMESPACE, SERVICE_ACCOUNT]);
  });

  it('starts the signer, then Envoy, then the application', () => {
    expect(pod.spec.initContainers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['sigv4-extproc', 'Always'],
      ['envoy', 'Always'],
    ]);
    for (const { startupProbe } of pod.spec.initContainers) expect(startupProbe).toBeDefined();
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(['app']);
  });

  it("gives credentials to the signer alone, and never the node's", () => {
    expect(pod.metadata.annotations['eks.amazonaws.com/skip-containers']?.split(',').toSorted()).toEqual(
      containers
        .map(({ name }) => name)
        .filter((name) => name !== 'sigv4-extproc')
        .toSorted(),
    );
    expect(envOf('sigv4-extproc').AWS_EC2_METADATA_DISABLED).toBe('true');
  });

  it('restricts every container', () => {
    expect(pod.spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext } of containers) {
      expect(securityContext).toMatchObject({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        runAsUser: expect.toSatisfy((user: unknown) => typeof user === 'number' && user > 0),
      });
    }
  });

  it('probes ports that exist', () => {
    for (const { ports, startupProbe, readinessProbe, livenessProbe } of pod.spec.initContainers) {
      for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
        expect(ports.map(({ name }) => name)).toContain(probe?.httpGet.port);
      }
    }
    expect(envOf('sigv4-extproc').SIGV4_EXTPROC_ADMIN).toBe(
      `0.0.0.0:${named('sigv4-extproc').ports[0]?.containerPort}`,
    );
    expect(addresses().get('probes')).toBe(`0.0.0.0:${named('envoy').ports[0]?.containerPort}`);
  });

  it('signs on loopback only, where Envoy asks and the application calls', () => {
    const { clusters } = configAt(bootstrap, { signer: 1, service: 1, ca: '' }).static_resources;
    expect(clusters.map(({ name }) => name)).toEqual(['aws-execute-api', 'sigv4-extproc']);
    expect(bootstrap).toContain('{socket_address: {address: 127.0.0.1, port_value: 50051}}');
    expect(envOf('sigv4-extproc').SIGV4_EXTPROC_LISTEN).toBe('127.0.0.1:50051');
    expect(addresses().get('gateway')).toBe('127.0.0.1:10000');
    expect(new URL(envOf('app').ORDERS_API_URL ?? '').host).toBe('127.0.0.1:10000');
  });
});

describe('the Envoy of deploy/eks/manifests', () => {
  it('is valid as users copy it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
    const file = join(folder, 'envoy.yaml');
    await writeFile(file, bootstrap);
    const { ok, output } = await run(await ensureEnvoy(), ['--mode', 'validate', '-c', file]);
    await rm(folder, { recursive: true });
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('OK') });
    expect(output).not.toMatch(/\[(warning|error|critical)\]|deprecated/i);
  });

  it('asks the signer as envoy/upstream-filter.yaml does', () => {
    const addressless = { signer: 1, service: 1, ca: '' };
    const example = exampleConfig('upstream', addressless);
    const ours = configAt(bootstrap, addressless);
    expect(signerFilters(ours)).toEqual(signerFilters(example).slice(0, 1));
    const clusterOf = ({ static_resources }: typeof ours, name: string) =>
      static_resources.clusters.find((cluster) => cluster.name === name);
    for (const name of ['sigv4-extproc', 'aws-execute-api']) {
      expect(clusterOf(ours, name)).toEqual(clusterOf(example, name));
    }
    const [route] = connectionManager(ours).route_config.virtual_hosts[0]?.routes ?? [];
    expect(route?.metadata?.filter_metadata['aws-request-signing']).toEqual(crossAccountApi);
  });

  describe.each([
    { variant: 'IRSA', start: () => startIrsaPod((issuer) => [irsaPodRole(issuer), apiRole({ podIdentity: false })]) },
    { variant: 'Pod Identity', start: () => startPodIdentityPod(() => [apiRole({ podIdentity: true })]) },
  ])('with $variant, and the roles as the Terraform makes them', ({ start }) => {
    let aws: Pod;
    let envoy: Envoy;
    beforeAll(async () => {
      aws = await start();
      envoy = await startEnvoy({ config: configAt(bootstrap, aws.addresses) });
    });
    afterAll(async () => {
      await envoy.close();
      await aws.close();
    });

    const get = (listener: string, path: string) => send(envoy.listenerPorts.get(listener) ?? 0, { path });

    it("signs a request as the other account's role", async () => {
      expect((await get('gateway', '/orders/7?b=2&a=1')).status).toBe(200);
      const received = onlyAccepted(aws.standIn.service);
      expect(received.url).toBe('/prod/orders/7?b=2&a=1');
      expect(received.header('host')).toBe(API_HOST);
      expect(received.verdict.principal).toMatchObject({ roleArn: API_ROLE, sessionName: SERVICE_ACCOUNT });
    });

    it('is ready while the signer is, by its gRPC health, and alive in any case', async () => {
      const answers = async () => [(await get('probes', '/ready')).status, (await get('probes', '/alive')).status];
      await expect.poll(answers).toEqual([200, 200]);
      await aws.signer.kill();
      await expect.poll(answers, PROBES_DOWN).toEqual([503, 200]);
      aws.standIn.service.reset();
      expect((await get('gateway', '/orders/7')).status).toBeGreaterThanOrEqual(500);
      expectNothingUpstream(aws.standIn.service);
    });
  });
});

/** Of each listener, as the manifest has it. */
function addresses(): Map<string, string> {
  const found = bootstrap.matchAll(
    /- name: (\w+)\n\s+address: \{socket_address: \{address: ([\d.]+), port_value: (\d+)\}\}/g,
  );
  return new Map([...found].map(([, name = '', address, port]) => [name, `${address}:${port}`]));
}
