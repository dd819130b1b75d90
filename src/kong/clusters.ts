import { isIP } from 'node:net';
import type { SignedRoute } from './convert.ts';
import type { Target } from './target.ts';

/** A target of signed routes, with a name that no other has. */
export interface NamedTarget extends Target {
  cluster: string;
  connectTimeoutMs: number;
}

const SCHEME_PORTS = { http: 80, https: 443 };
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

/** One cluster for each protocol, host and port; the longest connect timeout of the services that lead there. */
export class Clusters {
  readonly #byKey = new Map<string, NamedTarget>();

  constructor(routes: readonly SignedRoute[]) {
    for (const { target, service } of routes) {
      const known = this.#byKey.get(keyOf(target));
      if (known) known.connectTimeoutMs = Math.max(known.connectTimeoutMs, service.connectTimeoutMs);
      else this.#add(target, service.connectTimeoutMs);
    }
  }

  get all(): readonly NamedTarget[] {
    return [...this.#byKey.values()];
  }

  nameFor(target: Target): string {
    return this.#byKey.get(keyOf(target))?.cluster ?? '';
  }

  #add(target: Target, connectTimeoutMs: number): void {
    const { host, port, protocol } = target;
    // Dots would part the name in Envoy's statistics.
    const slug = host.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-|-$/g, '');
    const wanted = port === SCHEME_PORTS[protocol] ? slug : `${slug}-${port}`;
    const taken = this.all.some(({ cluster }) => cluster === wanted);
    const cluster = taken ? `${wanted}-${protocol}` : wanted;
    this.#byKey.set(keyOf(target), { ...target, cluster, connectTimeoutMs });
  }
}

/** `config.cluster.v3.Cluster` with the signer among its own filters. */
export function clusterOf({ cluster, host, port, protocol, connectTimeoutMs }: NamedTarget, signed: object): object {
  const address = { socket_address: { address: bare(host), port_value: port } };
  return {
    name: cluster,
    ...(isAddress(host) ? { type: 'STATIC' } : { type: 'LOGICAL_DNS', dns_lookup_family: 'V4_PREFERRED' }),
    connect_timeout: `${connectTimeoutMs / 1000}s`,
    load_assignment: { cluster_name: cluster, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    ...(protocol === 'https' && { transport_socket: tls(host) }),
    typed_extension_protocol_options: signed,
  };
}

function tls(host: string): object {
  const trusted_ca = { filename: SYSTEM_CA };
  const certificate = isAddress(host)
    ? { trusted_ca, match_typed_subject_alt_names: [{ san_type: 'IP_ADDRESS', matcher: { exact: bare(host) } }] }
    : { trusted_ca };
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      ...(!isAddress(host) && { sni: host, auto_sni_san_validation: true }),
      common_tls_context: { validation_context: certificate },
    },
  };
}

function isAddress(host: string): boolean {
  return isIP(bare(host)) !== 0;
}

/** IPv6 without the brackets that a URL needs. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function keyOf({ protocol, host, port }: Target): string {
  return `${protocol}://${host}:${port}`;
}
