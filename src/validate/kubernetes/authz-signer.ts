import { METADATA_NAMESPACE } from '../../config/index.ts';
import { authzMutations, checkModes } from '../envoy/index.ts';
import type { CheckBody, Setting, Signer } from '../model/signer.ts';
import type { ConfigLayer } from '../model/traffic.ts';
import { type ConfigNode, embeddedJson } from '../source/index.ts';

export interface AuthzSettings {
  readonly at: ConfigNode;
  readonly name: string;
  readonly failOpen: Setting<boolean>;
  readonly timeout: Setting<number>;
  readonly cluster?: Setting<string>;
  readonly checkBody?: CheckBody;
}

/** The signer behind a gateway's external authorization. These gateways choose the route anew behind it, always. */
export function authzSigner({ at, name, ...settings }: AuthzSettings): Signer {
  return {
    door: 'ext_authz',
    at,
    filterName: name,
    placement: 'downstream',
    maxTimeout: 0,
    modes: checkModes(at),
    // A route's config comes in the context of its own.
    channels: { at, initialMetadata: [], attributes: new Set(['xds.route_metadata']), dynamicMetadata: false },
    mutations: authzMutations(at),
    clearsRouteCache: at,
    keepsContentLength: { value: true, at, isSet: false },
    ...settings,
  };
}

/** The route's config in the map that a gateway sends along. */
export function contextLayer(context: ConfigNode | undefined): ConfigLayer[] {
  const text = context?.get(METADATA_NAMESPACE);
  return text ? [{ origin: 'route', ...embeddedJson(text) }] : [];
}
