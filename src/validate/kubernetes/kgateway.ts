import { isNamedSigner, readModes, setting } from '../envoy/index.ts';
import { mutationRules } from '../model/mutation-rules.ts';
import type { Signer } from '../model/signer.ts';
import type { Cluster, Endpoint, Pair, Tls, Traffic } from '../model/traffic.ts';
import { gatewayRoutes, isAttachedTo } from './gateway-api.ts';
import { managedCluster, parallelRequests } from './managed-cluster.ts';
import { type Manifest, type Resources, refersTo, targets } from './manifest.ts';

const KGATEWAY = 'gateway.kgateway.dev';

/** Reads kgateway's resources: GatewayExtension, TrafficPolicy, Backend, BackendConfigPolicy. */
export function readKgateway(resources: Resources): Traffic {
  const clusters = resources.of('Backend', KGATEWAY).map((backend) => readBackend(backend, resources));
  const policies = resources.of('TrafficPolicy', KGATEWAY);
  const routes = gatewayRoutes(resources);
  const signers: Signer[] = [];
  const pairs: Pair[] = [];
  for (const extension of resources.of('GatewayExtension', KGATEWAY)) {
    const signer = readSigner(extension);
    if (signer === undefined || !isNamedSigner(signer)) continue;
    signers.push(signer);
    for (const policy of policies.filter((one) => refersTo(one.spec?.at('extProc', 'extensionRef'), extension, one))) {
      const modes = policy.spec?.at('extProc', 'processingMode');
      const effective = modes ? { ...signer, modes: readModes(modes, modes) } : signer;
      for (const one of routes) {
        if (!isAttachedTo(policy, one)) continue;
        const cluster = clusters.find(({ name }) => one.route.clusters.includes(name));
        pairs.push({ route: one.route, signer: effective, ...(cluster && { cluster }) });
      }
    }
  }
  return { chains: [], clusters, isComplete: false, signers, pairs, looseRoutes: [] };
}

function readSigner({ spec, name }: Manifest): Signer | undefined {
  const at = spec?.get('extProc');
  if (at === undefined) return undefined;
  const grpc = at.get('grpcService');
  const backend = grpc?.at('backendRef', 'name');
  const authority = grpc?.get('authority')?.text;
  const cache = at.get('routeCacheAction');
  const forwarded = at.at('metadataOptions', 'forwarding')?.list('untyped') ?? [];
  return {
    door: 'ext_proc',
    at,
    filterName: name,
    placement: 'downstream',
    // The one gateway that lets requests through where nothing is said.
    failOpen: setting(at, 'failOpen', (node) => node.flag, true),
    timeout: setting(at, 'messageTimeout', (node) => node.milliseconds, 200),
    maxTimeout: at.get('maxMessageTimeout')?.milliseconds ?? 0,
    modes: readModes(at.get('processingMode'), at),
    channels: {
      at,
      initialMetadata: [],
      attributes: new Set(),
      dynamicMetadata: forwarded.some(({ text }) => text === 'aws-request-signing'),
    },
    mutations: mutationRules(undefined, at, false),
    ...(backend?.text && { cluster: { value: backend.text, at: backend, isSet: true } }),
    ...(authority && { authority }),
    ...(cache?.text?.toUpperCase() === 'CLEAR' && { clearsRouteCache: cache }),
    keepsContentLength: { value: false, at, isSet: false },
  };
}

function readBackend(backend: Manifest, resources: Resources): Cluster {
  const policy = resources
    .of('BackendConfigPolicy', KGATEWAY)
    .find((one) => targets(one).some((target) => refersTo(target, backend, one)));
  const fixed = backend.spec?.get('static');
  const protocol = fixed?.get('appProtocol')?.text ?? '';
  const tls = tlsOf(policy);
  return managedCluster({
    at: backend.at,
    name: backend.name,
    endpoints: (fixed?.list('hosts') ?? []).flatMap((at): Endpoint[] => {
      const host = at.get('host')?.text;
      const port = at.get('port')?.number;
      return host ? [{ host, isPipe: false, ...(port !== undefined && { port }) }] : [];
    }),
    ...(tls && { tls }),
    transportIsKnown: fixed !== undefined,
    http2: /grpc|http2|h2c/i.test(protocol) || policy?.spec?.get('http2ProtocolOptions') !== undefined,
    maxRequests: parallelRequests(policy?.spec?.get('circuitBreakers'), 'maxRequests', policy?.at ?? backend.at),
  });
}

function tlsOf(policy: Manifest | undefined): Tls | undefined {
  const at = policy?.spec?.get('tls');
  if (at === undefined) return undefined;
  const skips = at.get('insecureSkipVerify')?.flag === true;
  const trusts = ['wellKnownCACertificates', 'secretRef', 'files'].some((name) => at.get(name));
  return {
    at,
    names: Boolean(at.get('sni')?.text),
    trusts: trusts && !skips,
    checksName: at.list('verifySubjectAltNames').length > 0,
  };
}
