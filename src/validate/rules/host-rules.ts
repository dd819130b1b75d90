import type { SigningConfig } from '../../config/index.ts';
import type { Way } from '../subject/judge.ts';
import type { Rule } from './rule.ts';
import { signing } from './signed-parts.ts';

/** Whether the client may say which host is signed, and how far: within the route's wildcard domains, or at all. */
function clientChooses({ config, route, signer }: Way & { config: SigningConfig }): 'a host' | 'any host' | undefined {
  if (config.target.kind !== 'keep' || config.target.allowed) return undefined;
  // A rewrite ahead of the signer names the host.
  if (signer.placement === 'upstream' && route.rewrites.some(({ to }) => to !== undefined)) return undefined;
  const { domains = ['*'] } = route;
  if (domains.some((domain) => domain.endsWith('*'))) return 'any host';
  return domains.some((domain) => domain.startsWith('*')) ? 'a host' : undefined;
}

const FIX =
  'Set override_target_host, or list what clients may ask for in allowed_hosts, such as ["*.s3.eu-west-1.amazonaws.com"].';

export const clientChosenHost: Rule = {
  id: 'config/client-chosen-host',
  severity: 'warning',
  title: "The client's Host header decides which host is signed, and allowed_hosts does not bound it.",
  fix: FIX,
  *check({ ways }) {
    for (const way of signing(ways)) {
      const which = clientChooses(way);
      if (which === undefined || (which === 'any host' && way.cluster?.isDynamicForwardProxy)) continue;
      const within = which === 'any host' ? '' : ' within its domains';
      yield {
        at: way.layers.at(-1)?.at ?? way.route.at,
        message: `${way.route.label}: clients get a signature for any host that they name${within}`,
      };
    }
  },
};

export const openProxy: Rule = {
  id: 'config/open-proxy',
  severity: 'error',
  title:
    'The client chooses the host, and a dynamic forward proxy connects there: an open proxy that hands out session tokens.',
  fix: FIX,
  *check({ ways }) {
    for (const way of signing(ways)) {
      if (clientChooses(way) !== 'any host' || !way.cluster?.isDynamicForwardProxy) continue;
      yield {
        at: way.layers.at(-1)?.at ?? way.route.at,
        message: `${way.route.label}: clients make Envoy connect to any host that they name, with a signature for it`,
      };
    }
  },
};
