import type { LayerOrigin } from '../../config/index.ts';
import { INITIAL_METADATA_KEY, METADATA_NAMESPACE } from '../../config/index.ts';
import type { Channels, Signer } from '../model/signer.ts';
import type { Rule } from './rule.ts';

const ATTRIBUTE: Partial<Record<LayerOrigin, string>> = {
  cluster: 'xds.cluster_metadata',
  'virtual host': 'xds.virtual_host_metadata',
};
const OF_LAYER: Partial<Record<LayerOrigin, RegExp>> = {
  cluster: /^%(?:CLUSTER_METADATA\(|METADATA\(CLUSTER:)/,
  'virtual host': /^%METADATA\(VIRTUAL_HOST:/,
};

const isBinary = (key: string) => key === `${INITIAL_METADATA_KEY}-bin`;
const isConfigKey = (key: string) => key === INITIAL_METADATA_KEY || isBinary(key);

function hasRouteChannel({ initialMetadata, attributes, dynamicMetadata }: Channels): boolean {
  const carried = initialMetadata.some(({ key }) => isConfigKey(key) || key === METADATA_NAMESPACE);
  return carried || attributes.has('xds.route_metadata') || dynamicMetadata;
}

/** Whether a profile of the server's file can be found by a name that comes along. */
function hasName({ channels, authority, door }: Signer): boolean {
  return authority !== undefined || channels.attributes.has('xds.route_name') || door === 'ext_authz';
}

const FIX =
  'Add to grpc_service: initial_metadata: [{key: x-aws-request-signing-bin, value: "%METADATA(ROUTE:aws-request-signing)%"}], and to the filter: request_attributes: [xds.route_metadata].';

export const channelMissing: Rule = {
  id: 'envoy/channel-missing',
  severity: 'error',
  title: "Nothing brings the routes' config to the signer: it answers 500 SIGV4_ROUTE_NOT_CONFIGURED to each request.",
  fix: FIX,
  *check({ signers, ways }) {
    for (const signer of signers) {
      if (hasRouteChannel(signer.channels)) continue;
      const own = ways.filter((way) => way.signer === signer);
      const carried = own.some(({ route }) => route.layers.some(({ origin }) => origin === 'route'));
      const isNamed = hasName(signer) || own.some(({ judgement }) => judgement.kind === 'signs');
      if (!carried && isNamed) continue;
      yield {
        at: signer.channels.at,
        message: `the signer (${signer.filterName}) gets neither initial_metadata ${INITIAL_METADATA_KEY} nor the attribute xds.route_metadata`,
      };
    }
  },
};

export const channelAsciiOnly: Rule = {
  id: 'envoy/channel-ascii-only',
  severity: 'warning',
  title:
    'The only channel is a plain gRPC key, which loses every config with a character beyond ASCII: the route is answered 500.',
  fix: `Name the key ${INITIAL_METADATA_KEY}-bin, or add request_attributes: [xds.route_metadata].`,
  *check({ signers }) {
    for (const { channels } of signers) {
      const plain = channels.initialMetadata.find(({ key }) => key === INITIAL_METADATA_KEY);
      if (!plain || channels.attributes.has('xds.route_metadata')) continue;
      // A literal is at hand to be looked at.
      if (!plain.value.includes('%') && /^[\x20-\x7e]*$/.test(plain.value)) continue;
      if (channels.initialMetadata.some(({ key }) => isBinary(key))) continue;
      yield {
        at: plain.at,
        message: `${INITIAL_METADATA_KEY} carries ASCII alone, and no other channel stands beside it`,
      };
    }
  },
};

export const channelWrongValue: Rule = {
  id: 'envoy/channel-wrong-value',
  severity: 'error',
  title: "The initial metadata's value is not the route's namespace, so that the signer finds another config, or none.",
  fix: 'Set its value to "%METADATA(ROUTE:aws-request-signing)%".',
  *check({ signers }) {
    for (const { channels } of signers) {
      for (const { key, value, at } of channels.initialMetadata) {
        if (!isConfigKey(key) || !value.includes('%')) continue;
        if (value === `%METADATA(ROUTE:${METADATA_NAMESPACE})%`) continue;
        yield {
          at: at.get('value') ?? at,
          message: `${key} does not carry the route's namespace ${METADATA_NAMESPACE}`,
        };
      }
    }
  },
};

export const layerNotSent: Rule = {
  id: 'envoy/layer-not-sent',
  severity: 'error',
  title:
    'Signing config stands in metadata of a virtual host or cluster that is not sent to the signer: it takes no effect.',
  fix: 'Add xds.virtual_host_metadata and xds.cluster_metadata to request_attributes.',
  *check({ ways }) {
    for (const { layers, signer } of ways) {
      for (const { origin, at } of layers) {
        const attribute = ATTRIBUTE[origin];
        if (attribute === undefined || signer.channels.attributes.has(attribute)) continue;
        const carried = signer.channels.initialMetadata.some(({ value }) => OF_LAYER[origin]?.test(value));
        if (carried) continue;
        yield {
          at,
          message: `the ${origin}'s signing config does not reach the signer (${signer.filterName}): ${attribute} is not asked for`,
        };
      }
    }
  },
};
