import { METADATA_NAMESPACE } from '../../config/index.ts';
import { mutationRules } from '../model/mutation-rules.ts';
import type { CheckBody, ProcessingModes, Signer } from '../model/signer.ts';
import type { ConfigNode } from '../source/index.ts';
import { grpcTarget, setting } from './ext-proc.ts';

const DEFAULT_TIMEOUT_MS = 200;

/** Reads an ExtAuthz that asks over gRPC. */
export function readExtAuthz(
  config: ConfigNode,
  at: ConfigNode,
  filterName: string,
  placement: Signer['placement'],
): Signer {
  const grpc = config.get('grpc_service') ?? config;
  const clears = config.get('clear_route_cache');
  const body = config.get('with_request_body');
  const hides = config.get('allowed_headers') ?? config.get('disallowed_headers');
  const names = (field: string) => config.list(field).some(({ text }) => text === METADATA_NAMESPACE);
  return {
    door: 'ext_authz',
    at,
    filterName,
    placement,
    failOpen: setting(config, 'failure_mode_allow', (node) => node.flag, false),
    timeout: setting(grpc, 'timeout', (node) => node.milliseconds, DEFAULT_TIMEOUT_MS),
    maxTimeout: 0,
    modes: checkModes(body ?? config),
    channels: {
      at: config,
      initialMetadata: [],
      attributes: new Set(names('route_metadata_context_namespaces') ? ['xds.route_metadata'] : []),
      dynamicMetadata: names('metadata_context_namespaces'),
    },
    mutations: authzMutations(config),
    ...grpcTarget(grpc),
    ...(clears?.flag === true && { clearsRouteCache: clears }),
    ...(hides && { hidesHeaders: hides }),
    keepsContentLength: { value: true, at: config, isSet: false },
    ...(body && { checkBody: checkBody(body) }),
  };
}

/** The signer as an ExtAuthzPerRoute changes it; its context_extensions may hold the route's config. */
export function withExtAuthzOverrides(signer: Signer, perRoute: ConfigNode | undefined): Signer {
  const settings = perRoute?.get('check_settings');
  if (settings === undefined) return signer;
  const body = settings.get('with_request_body');
  const config = settings.at('context_extensions', METADATA_NAMESPACE);
  const { checkBody: inherited, ...rest } = signer;
  const withoutBody = settings.get('disable_request_body_buffering')?.flag === true;
  const checked = withoutBody ? undefined : body ? checkBody(body) : inherited;
  return {
    ...rest,
    ...(checked && { checkBody: checked }),
    channels: {
      ...signer.channels,
      initialMetadata: config
        ? [{ key: METADATA_NAMESPACE, value: config.text ?? '', at: config }]
        : signer.channels.initialMetadata,
    },
  };
}

/** ext_authz may write any header, where decoder_header_mutation_rules do not say otherwise. */
export function authzMutations(config: ConfigNode): Signer['mutations'] {
  const rules = config.get('decoder_header_mutation_rules');
  if (rules) return mutationRules(rules, config);
  return { at: config, isSet: true, canBeSet: true, isWide: false, refusalIsError: true, allows: () => true };
}

/** What ext_authz sends is always the request's headers; the body is judged by `checkBody`. */
export function checkModes(at: ConfigNode): ProcessingModes {
  return {
    requestHeaders: { value: 'SEND', at, isSet: false },
    requestBody: { value: 'BUFFERED', at, isSet: false },
    requestTrailers: { value: 'SKIP', at, isSet: false },
  };
}

export function checkBody(at: ConfigNode): CheckBody {
  const maxBytes = at.get('max_request_bytes')?.number;
  return {
    at,
    ...(maxBytes !== undefined && { maxBytes }),
    partial: at.get('allow_partial_message')?.flag === true,
    asBytes: at.get('pack_as_bytes')?.flag === true,
  };
}
