import type { Cluster, Endpoint, Tls } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { managedCluster } from './managed-cluster.ts';
import type { Resources } from './manifest.ts';

/** The cluster of a host, as its DestinationRule and ServiceEntry make it; undefined without a DestinationRule. */
export function destinationCluster(host: string, resources: Resources): Cluster | undefined {
  const rule = resources.of('DestinationRule').find(({ spec }) => spec?.get('host')?.text === host);
  if (rule === undefined) return undefined;
  const policy = rule.spec?.get('trafficPolicy');
  const ofPort = policy?.list('portLevelSettings').find((one) => one.get('tls'));
  const tls = readTls(ofPort?.get('tls') ?? policy?.get('tls'));
  return managedCluster({
    at: rule.at,
    name: host,
    endpoints: endpointsOf(host, resources),
    transportIsKnown: true,
    ...(tls && { tls }),
  });
}

/**
 * Where nothing else is said, Istio sends the request's host as server name, and verifies the certificate against the
 * authorities of its image.
 * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings
 */
function readTls(at: ConfigNode | undefined): Tls | undefined {
  const mode = at?.get('mode')?.text?.toUpperCase();
  if (at === undefined || (mode !== 'SIMPLE' && mode !== 'MUTUAL')) return undefined;
  const skips = at.get('insecureSkipVerify');
  const verifies = skips?.flag !== true;
  return { at: skips ?? at, names: true, trusts: verifies, checksName: verifies };
}

function endpointsOf(host: string, resources: Resources): Endpoint[] {
  return resources
    .of('ServiceEntry')
    .filter(({ spec }) => spec?.list('hosts').some(({ text }) => text === host))
    .flatMap(({ spec }) => spec?.list('ports') ?? [])
    .flatMap((port): Endpoint[] => {
      const number = (port.get('targetPort') ?? port.get('number'))?.number;
      return [{ host, isPipe: false, ...(number !== undefined && { port: number }) }];
    });
}
