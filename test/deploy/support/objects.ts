import { z } from 'zod';

const labels = z.record(z.string(), z.string());
const selector = z.object({ matchLabels: labels });

const probe = z.looseObject({
  exec: z.object({ command: z.array(z.string()) }).optional(),
  grpc: z.object({ port: z.number() }).optional(),
  httpGet: z.object({ path: z.string(), port: z.union([z.number(), z.string()]) }).optional(),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).optional(),
  restartPolicy: z.string().optional(),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })).default([]),
  startupProbe: probe.optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
  resources: z.object({ requests: labels, limits: labels }),
  securityContext: z.looseObject({}),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
});
export type Container = z.infer<typeof container>;

const podSpec = z.looseObject({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.boolean(),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.looseObject({}),
  initContainers: z.array(container).default([]),
  containers: z.array(container),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
  topologySpreadConstraints: z.array(z.looseObject({ labelSelector: selector })).optional(),
});
export type PodSpec = z.infer<typeof podSpec>;

const podTemplate = z.object({
  metadata: z.looseObject({ labels, annotations: labels }),
  spec: podSpec,
});

/** A workload that makes pods: a Deployment or a DaemonSet. */
export const workload = z.looseObject({ selector, template: podTemplate });
export type Workload = z.infer<typeof workload>;

export const kubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: labels.optional(),
    annotations: labels.optional(),
  }),
  spec: z.unknown().optional(),
  data: labels.optional(),
});
export type KubernetesObject = z.infer<typeof kubernetesObject>;

/** The only object of a kind. @throws Error where there are none or more */
export function only(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const [found, another] = objects.filter((object) => object.kind === kind);
  if (found === undefined || another !== undefined) throw new Error(`not one ${kind}`);
  return found;
}

export function workloadOf(objects: readonly KubernetesObject[]): Workload {
  const found = objects.find(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet');
  if (found === undefined) throw new Error('there is no workload');
  return workload.parse(found.spec);
}

/** The signer's container, wherever it stands. */
export function signerOf({ initContainers, containers }: PodSpec): Container {
  const found = [...initContainers, ...containers].find(({ name }) => name === 'sigv4-extproc');
  if (found === undefined) throw new Error('the pod has no signer');
  return found;
}

/** Whether a selector's labels are among a pod's. */
export function selects(matchLabels: Readonly<Record<string, string>>, pod: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(matchLabels);
  return wanted.length > 0 && wanted.every(([name, value]) => pod[name] === value);
}
