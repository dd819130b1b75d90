import { isNamedSigner, SIGNER_NAME, setting } from '../envoy/index.ts';
import { mutationRules } from '../model/mutation-rules.ts';
import type { BodyMode, Signer } from '../model/signer.ts';
import type { Chain, Cluster, Pair, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { backendClusters } from './envoy-gateway-backends.ts';
import { gatewayChain } from './envoy-gateway-chain.ts';
import { gatewayRoutes, isAttachedTo } from './gateway-api.ts';
import { managedCluster, parallelRequests } from './managed-cluster.ts';
import type { Manifest, Resources } from './manifest.ts';

const ENVOY_GATEWAY = 'gateway.envoyproxy.io';

/** Reads Envoy Gateway's resources: EnvoyExtensionPolicy and what stands around it. */
export function readEnvoyGateway(resources: Resources): Traffic {
  const routes = gatewayRoutes(resources);
  const annotated = routes.filter(({ route }) => route.layers.length > 0);
  const clusters = backendClusters(resources);
  const signers: Signer[] = [];
  const pairs: Pair[] = [];
  for (const policy of resources.of('EnvoyExtensionPolicy', ENVOY_GATEWAY)) {
    policy.spec?.list('extProc').forEach((at, index) => {
      const signer = readSigner(at, policy, index, resources);
      const servesAnnotated = annotated.some((one) => isAttachedTo(policy, one));
      const asksForMetadata = signer.channels.attributes.has('xds.route_metadata');
      if (!isNamedSigner(signer) && !(asksForMetadata && servesAnnotated)) return;
      signers.push(signer);
      clusters.push(signerCluster(at, signer));
      for (const one of routes.filter((route) => isAttachedTo(policy, route))) {
        const chain: Chain | undefined = gatewayChain(one, resources);
        const cluster = clusters.find(({ name }) => one.route.clusters.includes(name));
        pairs.push({ route: one.route, signer, ...(chain && { chain }), ...(cluster && { cluster }) });
      }
    });
  }
  const paired = new Set(pairs.map(({ route }) => route));
  const looseRoutes = annotated.map(({ route }) => route).filter((route) => !paired.has(route));
  return { chains: [], clusters, isComplete: false, signers, pairs, looseRoutes };
}

function readSigner(at: ConfigNode, policy: Manifest, index: number, resources: Resources): Signer {
  const request = at.at('processingMode', 'request');
  const patches = patchesOf(`${policy.namespace}/${policy.name}/extproc/${index}`, resources);
  const attributes = [...(request?.list('attributes') ?? []), ...(at.at('attributes')?.list('request') ?? [])];
  const forwarded = at.at('metadataOptions', 'forwardingNamespaces')?.list('untyped') ?? [];
  const body = request?.get('body');
  const backend = at.list('backendRefs')[0]?.get('name') ?? policy.at.at('metadata', 'name') ?? at;
  const rules = patches.get('mutation_rules');
  return {
    door: 'ext_proc',
    at,
    filterName: SIGNER_NAME.test(backend.text ?? '') ? (backend.text ?? policy.name) : policy.name,
    placement: 'downstream',
    failOpen: setting(at, 'failOpen', (node) => node.flag, false),
    timeout: setting(at, 'messageTimeout', (node) => node.milliseconds, 200),
    maxTimeout: patches.get('max_message_timeout')?.milliseconds ?? 0,
    modes: {
      requestHeaders: {
        value: request ? 'SEND' : 'SKIP',
        at: at.get('processingMode') ?? at,
        isSet: request !== undefined,
      },
      requestBody: { value: bodyMode(body?.text), at: body ?? request ?? at, isSet: body !== undefined },
      requestTrailers: { value: 'SEND', at, isSet: false },
    },
    channels: {
      at,
      initialMetadata: [],
      attributes: new Set(attributes.flatMap(({ text }) => text ?? [])),
      dynamicMetadata: forwarded.some(({ text }) => text === 'aws-request-signing'),
    },
    mutations: mutationRules(rules, at, false),
    cluster: { value: backend.text ?? '', at: backend, isSet: true },
    keepsContentLength: { value: patches.get('allow_content_length_header')?.flag ?? false, at, isSet: false },
  };
}

/** `BufferedPartial` is Envoy's BUFFERED_PARTIAL. */
function bodyMode(text: string | undefined): BodyMode {
  const modes: Record<string, BodyMode> = {
    Buffered: 'BUFFERED',
    BufferedPartial: 'BUFFERED_PARTIAL',
    Streamed: 'STREAMED',
    FullDuplexStreamed: 'FULL_DUPLEX_STREAMED',
  };
  return modes[text ?? ''] ?? 'NONE';
}

/** What EnvoyPatchPolicies set on one filter: the value by the field's name. */
function patchesOf(filter: string, resources: Resources): Map<string, ConfigNode> {
  const operations = resources
    .of('EnvoyPatchPolicy', ENVOY_GATEWAY)
    .flatMap(({ spec }) => spec?.list('jsonPatches') ?? [])
    .flatMap((patch) => patch.get('operation') ?? []);
  return new Map(
    operations.flatMap((operation): [string, ConfigNode][] => {
      const where = `${operation.get('jsonPath')?.text ?? ''}${operation.get('path')?.text ?? ''}`;
      const value = operation.get('value');
      const field = where.split('/').at(-1) ?? '';
      return value && where.includes(filter) ? [[field, value]] : [];
    }),
  );
}

function signerCluster(at: ConfigNode, { cluster }: Signer): Cluster {
  const breakers = at.at('backendSettings', 'circuitBreaker');
  return managedCluster({
    at: cluster?.at ?? at,
    name: cluster?.value ?? '',
    maxRequests: parallelRequests(breakers, 'maxParallelRequests', at),
  });
}
