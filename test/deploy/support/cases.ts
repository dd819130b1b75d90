import type { Values } from './chart.ts';

export const ENVOYS = [{ podSelector: { matchLabels: { app: 'envoy' } } }];
const image = { repository: 'images.example/sigv4-extproc' };
const server = {
  sts_timeout: 2,
  defaults: { aws_region: 'eu-west-1' },
  profiles: { orders: { aws_service: 'execute-api', override_target_host: 'abc.execute-api.eu-west-1.amazonaws.com' } },
};

/** Values that users start from, one for each way to run the signer. */
export const CASES: Readonly<Record<string, Values>> = {
  sidecar: { mode: 'sidecar', image, server },
  'sidecar, example': {
    mode: 'sidecar',
    image,
    sidecar: { example: { enabled: true, envoyImage: 'images.example/envoy:v1.40.0' } },
  },
  'sidecar, example on a unix socket, not native': {
    mode: 'sidecar',
    transport: 'unix',
    image,
    sidecar: { native: false, example: { enabled: true, envoyImage: 'images.example/envoy:v1.40.0' } },
  },
  'daemonset on a unix socket': { mode: 'daemonset', image, server },
  'daemonset with mTLS': {
    mode: 'daemonset',
    transport: 'tcp',
    image,
    tls: { secretName: 'signer-tls', allowedSans: ['spiffe://example.com/ns/gateways/sa/envoy'] },
    networkPolicy: { from: ENVOYS },
    podIdentity: { enabled: true },
  },
  'deployment with mTLS': {
    mode: 'deployment',
    image: { ...image, digest: `sha256:${'a'.repeat(64)}` },
    server,
    tls: { secretName: 'signer-tls', allowedSans: ['spiffe://example.com/ns/gateways/sa/envoy'] },
    irsa: { roleArn: 'arn:aws:iam::123456789012:role/signer' },
    networkPolicy: { from: ENVOYS },
  },
  'deployment, insecure, IPv6, scraped': {
    mode: 'deployment',
    image: { ...image, tag: 'v1' },
    insecure: true,
    grpc: { bindAddress: '::', port: 50_055 },
    admin: { expose: true },
    podMonitor: { enabled: true, labels: { team: 'edge' } },
    autoscaling: { enabled: false },
    replicaCount: 3,
    networkPolicy: {
      from: ENVOYS,
      metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
      allowInstanceMetadata: true,
      extraEgress: [{ ports: [{ port: 6379, protocol: 'TCP' }] }],
    },
    extraEnv: [{ name: 'AWS_REGION', value: 'eu-west-1' }],
    extraVolumes: [{ name: 'aws', configMap: { name: 'aws-config' } }],
    extraVolumeMounts: [{ name: 'aws', mountPath: '/home/nonroot/.aws', readOnly: true }],
    podLabels: { team: 'edge' },
    podAnnotations: { 'example.com/note': 'x' },
    tolerations: [{ operator: 'Exists' }],
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
  },
  'deployment without a NetworkPolicy, with names of its own': {
    mode: 'deployment',
    image,
    fullnameOverride: 'aws-signer',
    insecure: true,
    networkPolicy: { enabled: false },
    podDisruptionBudget: { maxUnavailable: '25%' },
    serviceAccount: { create: false, name: 'signing' },
    service: { headless: false },
  },
};
