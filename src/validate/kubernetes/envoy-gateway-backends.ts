import type { Cluster, Endpoint, Tls } from '../model/traffic.ts';
import { managedCluster } from './managed-cluster.ts';
import { type Manifest, type Resources, refersTo, targets } from './manifest.ts';

/** Backends of Envoy Gateway, with the TLS that a BackendTLSPolicy gives them. */
export function backendClusters(resources: Resources): Cluster[] {
  return resources.of('Backend', 'gateway.envoyproxy.io').map((backend) => {
    const tls = tlsOf(backend, resources);
    return managedCluster({
      at: backend.at,
      name: backend.name,
      endpoints: endpointsOf(backend),
      ...(tls && { tls }),
      transportIsKnown: true,
    });
  });
}

function endpointsOf({ spec }: Manifest): Endpoint[] {
  return (spec?.list('endpoints') ?? []).flatMap((endpoint): Endpoint[] => {
    if (endpoint.get('unix')) return [{ host: '', isPipe: true }];
    const host = endpoint.at('fqdn', 'hostname')?.text ?? endpoint.at('ip', 'address')?.text;
    const port = (endpoint.at('fqdn', 'port') ?? endpoint.at('ip', 'port'))?.number;
    return host === undefined ? [] : [{ host, isPipe: false, ...(port !== undefined && { port }) }];
  });
}

/** A BackendTLSPolicy checks the certificate's name always; Backend.spec.tls may leave all of it out. */
function tlsOf(backend: Manifest, resources: Resources): Tls | undefined {
  const policy = resources
    .of('BackendTLSPolicy')
    .find((one) => targets(one).some((target) => refersTo(target, backend, one)));
  if (policy) return { at: policy.at, names: true, trusts: true, checksName: true };
  const own = backend.spec?.get('tls');
  if (own === undefined) return undefined;
  const skips = own.get('insecureSkipVerify')?.flag === true;
  return { at: own, names: true, trusts: !skips, checksName: !skips };
}
