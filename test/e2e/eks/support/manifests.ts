import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { DEPLOY } from './terraform.ts';

const port = z.union([z.string(), z.number()]);
const probe = z.looseObject({ httpGet: z.strictObject({ path: z.string(), port }) });

const variable = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.strictObject({ fieldRef: z.strictObject({ fieldPath: z.string() }) }).optional(),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  restartPolicy: z.literal('Always').optional(),
  env: z.array(variable).default([]),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })).default([]),
  startupProbe: probe.optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: z.string(), memory: z.string() }),
    limits: z.strictObject({ memory: z.string() }),
  }),
  securityContext: z.record(z.string(), z.unknown()),
});

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  annotations: z.record(z.string(), z.string()).default({}),
});

const serviceAccount = z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('ServiceAccount'), metadata });

const configMap = z.strictObject({
  ...{ apiVersion: z.literal('v1'), kind: z.literal('ConfigMap'), metadata },
  data: z.strictObject({ 'envoy.yaml': z.string() }),
});

const deployment = z.strictObject({
  ...{ apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), metadata },
  spec: z.looseObject({
    template: z.looseObject({
      metadata: metadata.partial({ name: true, namespace: true }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.literal(false),
        securityContext: z.record(z.string(), z.unknown()),
        initContainers: z.array(container),
        containers: z.array(container),
      }),
    }),
  }),
});

export type Container = z.infer<typeof container>;

/** deploy/eks/manifests/workload.yaml: Envoy's configuration and the pod. */
export function readWorkload() {
  const [config, pod, ...more] = readDocuments('workload.yaml');
  if (more.length > 0) throw new Error('workload.yaml holds more than two documents');
  return { config: configMap.parse(config), deployment: deployment.parse(pod) };
}

export function readServiceAccount(variant: 'irsa' | 'pod-identity') {
  return serviceAccount.parse(readDocuments(`service-account-${variant}.yaml`)[0]).metadata;
}

/** @throws the YAML's first error or warning */
function readDocuments(name: string): unknown[] {
  return parseAllDocuments(readFileSync(join(DEPLOY, 'manifests', name), 'utf8')).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    return document.toJS();
  });
}
