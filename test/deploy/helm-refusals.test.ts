import { describe, expect, it } from 'vitest';
import { ENVOYS } from './support/cases.ts';
import { findHelm, type Helm, type Values } from './support/chart.ts';

const helm = await findHelm();
const image = { repository: 'images.example/sigv4-extproc' };
const deployment = { mode: 'deployment', image, insecure: true, networkPolicy: { from: ENVOYS } };

/** What is refused, and the words that say why. */
const REFUSALS: readonly [string, Values, string][] = [
  [
    'an image without a name',
    { mode: 'sidecar', sidecar: { example: { enabled: true } } },
    'image.repository: name the',
  ],
  ['a deployment without mTLS', { ...deployment, insecure: false }, 'set tls.secretName (mTLS), or insecure: true'],
  [
    'a daemonset on a port without mTLS',
    { ...deployment, insecure: false, mode: 'daemonset', transport: 'tcp' },
    'mode daemonset listens beyond loopback',
  ],
  ['mTLS and insecure', { ...deployment, tls: { secretName: 'x' } }, 'contradict each other'],
  ['mTLS on loopback', { mode: 'sidecar', image, tls: { secretName: 'x' } }, 'on loopback or a unix socket'],
  ['insecure on a unix socket', { mode: 'daemonset', image, insecure: true }, 'on loopback or a unix socket'],
  ['a deployment on a unix socket', { ...deployment, transport: 'unix' }, 'mode deployment needs tcp'],
  ['a NetworkPolicy that names nobody', { ...deployment, networkPolicy: {} }, 'networkPolicy.from: name the pods'],
  ['listen in the server file', { mode: 'sidecar', image, server: { listen: 'x' } }, 'server.listen: the chart writes'],
  ['tls in the server file', { mode: 'sidecar', image, server: { tls: {} } }, 'server.tls: the chart writes'],
  ['a grace that Kubernetes cuts off', { ...deployment, shutdownGraceSeconds: 25 }, 'terminationGracePeriodSeconds'],
  ['a PodMonitor of loopback', { ...deployment, podMonitor: { enabled: true } }, 'set admin.expose: true'],
  ['a PodMonitor of pods it has not', { mode: 'sidecar', image, podMonitor: { enabled: true } }, 'the pods are yours'],
  ['the example in another mode', { ...deployment, sidecar: { example: { enabled: true } } }, 'is of mode sidecar'],
  [
    'the example without an Envoy',
    { mode: 'sidecar', image, sidecar: { example: { enabled: true } } },
    'sidecar.example.envoyImage: name an Envoy',
  ],
  // By the schema.
  ['another mode', { mode: 'statefulset', image }, "at '/mode': value must be one of"],
  [
    'a value that there is not',
    { mode: 'sidecar', image, replicas: 2 },
    "additional properties 'replicas' not allowed",
  ],
  ['a misspelt value deep down', { ...deployment, tls: { secret: 'x' } }, "additional properties 'secret' not allowed"],
  ['a digest that is none', { mode: 'sidecar', image: { ...image, digest: 'sha256:1' } }, "at '/image/digest'"],
  ['a tag in the repository', { mode: 'sidecar', image: { repository: 'a/b:v1' } }, "at '/image/repository'"],
  ['a role that is none', { mode: 'sidecar', image, irsa: { roleArn: 'signer' } }, "at '/irsa/roleArn'"],
  ['root', { mode: 'sidecar', image, runAsUser: 0 }, "at '/runAsUser'"],
  [
    'a socket in a relative folder',
    { mode: 'daemonset', image, socket: { directory: 'run' } },
    "at '/socket/directory'",
  ],
  ['a text for a port', { ...deployment, grpc: { port: '50051' } }, "at '/grpc/port'"],
];

describe.skipIf(helm === undefined)('the chart refuses', () => {
  it.each(REFUSALS)('%s', async (_name, values, words) => {
    const render = await (helm as Helm).render(values);
    expect(render).toEqual({ ok: false, error: expect.stringContaining(words) });
  });

  it('and takes the same values put right', async () => {
    expect(await (helm as Helm).render(deployment)).toMatchObject({ ok: true });
  });
});
