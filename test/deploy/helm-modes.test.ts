import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CASES, ENVOYS } from './support/cases.ts';
import { findHelm, type Helm, objectsOf, type Values } from './support/chart.ts';
import { only, signerOf, workloadOf } from './support/objects.ts';

const found = await findHelm();
const helm = found as Helm;
const named = (name: string): Values => {
  const values = CASES[name];
  if (values === undefined) throw new Error(`no case ${name}`);
  return values;
};
const mtls = named('deployment with mTLS');
const scraped = named('deployment, insecure, IPv6, scraped');
const kinds = async (values: Values) => (await objectsOf(helm, values)).map(({ kind }) => kind).sort();

describe.skipIf(found === undefined)('mode deployment', () => {
  it('is all that a service of many replicas needs', async () => {
    expect(await kinds(mtls)).toEqual([
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
  });

  it('lets the HPA alone count the replicas', async () => {
    const objects = await objectsOf(helm, mtls);
    const deployment = only(objects, 'Deployment');
    expect(deployment.spec).not.toHaveProperty('replicas');
    expect(only(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { apiVersion: deployment.apiVersion, kind: 'Deployment', name: deployment.metadata.name },
      minReplicas: 2,
    });
    // A share of the request, which has to be there.
    expect(signerOf(workloadOf(objects).template.spec).resources.requests.cpu).toBe('250m');
    expect(only(await objectsOf(helm, scraped), 'Deployment').spec).toMatchObject({ replicas: 3 });
    expect(await kinds(scraped)).not.toContain('HorizontalPodAutoscaler');
  });

  it('never has fewer pods than asked for, nor more than one evicted', async () => {
    const objects = await objectsOf(helm, mtls);
    expect(only(objects, 'Deployment').spec).toMatchObject({ strategy: { rollingUpdate: { maxUnavailable: 0 } } });
    expect(only(objects, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
  });

  it('lets Envoys in, and nobody else, and lets out to DNS and STS', async () => {
    const ports = (...numbers: (number | string)[]) => numbers.map((port) => expect.objectContaining({ port }));
    expect(only(await objectsOf(helm, mtls), 'NetworkPolicy').spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: ENVOYS, ports: ports('grpc') }],
      egress: [{ ports: ports(53, 53) }, { ports: ports(443) }],
    });
    expect(only(await objectsOf(helm, scraped), 'NetworkPolicy').spec).toMatchObject({
      ingress: [{ from: ENVOYS }, { from: [{ namespaceSelector: {} }], ports: ports('sigv4-admin') }],
      egress: [{}, {}, { to: [{ ipBlock: { cidr: '169.254.169.254/32' } }, {}] }, { ports: ports(6379) }],
    });
  });

  it('shows Envoy every pod, and tells a mesh whose the TLS is', async () => {
    expect(only(await objectsOf(helm, mtls), 'Service').spec).toMatchObject({
      clusterIP: 'None',
      ports: [{ port: 50_051, targetPort: 'grpc', appProtocol: 'tls' }],
    });
    const plain = named('deployment without a NetworkPolicy, with names of its own');
    const service = only(await objectsOf(helm, plain), 'Service');
    expect(service.spec).not.toHaveProperty('clusterIP');
    expect(service.spec).toMatchObject({ ports: [{ appProtocol: 'grpc' }] });
  });

  it('rolls when the server file changes, and only then', async () => {
    const checksum = async (values: Values) =>
      workloadOf(await objectsOf(helm, values)).template.metadata.annotations['checksum/server-file'];
    const first = await checksum(mtls);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(
      await checksum({ ...mtls, resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } } }),
    ).toBe(first);
    expect(await checksum({ ...mtls, server: { sts_timeout: 4 } })).not.toBe(first);
    expect(await checksum({ ...mtls, tls: { secretName: 'signer-tls', allowedSans: ['b'] } })).not.toBe(first);
  });

  it('names the image by digest before tag before version', async () => {
    const image = async (values: Values) => signerOf(workloadOf(await objectsOf(helm, values)).template.spec).image;
    const repository = 'images.example/sigv4-extproc';
    expect(await image(mtls)).toBe(`${repository}@sha256:${'a'.repeat(64)}`);
    expect(await image(scraped)).toBe(`${repository}:v1`);
    expect(await image({ ...scraped, image: { repository } })).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it('is scraped at the port that it exposes', async () => {
    const objects = await objectsOf(helm, scraped);
    const monitor = only(objects, 'PodMonitor');
    expect(monitor.metadata.labels).toMatchObject({ team: 'edge' });
    const { podMetricsEndpoints } = z
      .object({ podMetricsEndpoints: z.array(z.object({ port: z.string(), path: z.literal('/metrics') }).loose()) })
      .parse(monitor.spec);
    const { ports } = signerOf(workloadOf(objects).template.spec);
    expect(ports.map(({ name }) => name)).toContain(podMetricsEndpoints[0]?.port);
  });
});

describe.skipIf(found === undefined)('mode daemonset', () => {
  it('listens on a socket in a folder of the node that is the signer’s own', async () => {
    const objects = await objectsOf(helm, named('daemonset on a unix socket'));
    expect(objects.map(({ kind }) => kind)).not.toContain('Service');
    expect(only(objects, 'NetworkPolicy').spec).toMatchObject({ ingress: [] });
    const { spec } = workloadOf(objects).template;
    const volume = {
      name: 'sigv4-extproc-socket',
      hostPath: { path: '/run/sigv4-extproc', type: 'DirectoryOrCreate' },
    };
    expect(spec.volumes).toContainEqual(volume);
    expect(signerOf(spec).volumeMounts).toContainEqual({ name: volume.name, mountPath: '/run/sigv4-extproc' });
    expect(spec.initContainers.map(({ name }) => name)).toEqual(['prepare-socket-directory']);
    const bare = await objectsOf(helm, {
      ...named('daemonset on a unix socket'),
      socket: { prepareHostDirectory: false },
    });
    expect(workloadOf(bare).template.spec.initContainers).toEqual([]);
  });

  it('on a port answers its own node alone, and lets out to the Pod Identity agent', async () => {
    const objects = await objectsOf(helm, named('daemonset with mTLS'));
    expect(only(objects, 'Service').spec).toMatchObject({ internalTrafficPolicy: 'Local' });
    expect(only(objects, 'NetworkPolicy').spec).toMatchObject({
      egress: [{}, {}, { to: [{ ipBlock: { cidr: '169.254.170.23/32' } }, {}], ports: [{ port: 80 }] }],
    });
    const { spec } = workloadOf(objects).template;
    const secret = { name: 'sigv4-extproc-tls', secret: { secretName: 'signer-tls', defaultMode: 0o440 } };
    expect(spec.volumes).toContainEqual(secret);
  });
});
