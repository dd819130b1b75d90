import { mutationRules } from '../model/mutation-rules.ts';
import type { BodyMode, Channels, ProcessingModes, Setting, Signer } from '../model/signer.ts';
import type { ConfigNode } from '../source/index.ts';

const DEFAULT_TIMEOUT_MS = 200;
const NAMESPACE = 'aws-request-signing';

/**
 * Reads an ExternalProcessor.
 * @param at the filter in its chain
 */
export function readExtProc(
  config: ConfigNode,
  at: ConfigNode,
  filterName: string,
  placement: Signer['placement'],
): Signer {
  const grpc = config.get('grpc_service');
  const clears = config.get('route_cache_action');
  const observes = config.get('observability_mode');
  const refuses = config.get('disable_immediate_response');
  const hides = config.get('forward_rules');
  return {
    door: 'ext_proc',
    at,
    filterName,
    placement,
    failOpen: setting(config, 'failure_mode_allow', (node) => node.flag, false),
    timeout: setting(config, 'message_timeout', (node) => node.milliseconds, DEFAULT_TIMEOUT_MS),
    maxTimeout: config.get('max_message_timeout')?.milliseconds ?? 0,
    modes: readModes(config.get('processing_mode'), config),
    channels: readChannels(grpc, config),
    mutations: mutationRules(config.get('mutation_rules'), config),
    ...grpcTarget(grpc),
    ...(clears?.text?.toUpperCase() === 'CLEAR' && { clearsRouteCache: clears }),
    ...(observes?.flag === true && { observes }),
    ...(refuses?.flag === true && { refusesAnswers: refuses }),
    ...(hides && { hidesHeaders: hides }),
    keepsContentLength: setting(config, 'allow_content_length_header', (node) => node.flag, false),
  };
}

/**
 * The signer as an ExtProcPerRoute changes it.
 * A processing_mode replaces the filter's as a whole: what it leaves out has protobuf's default (seen on Envoy 1.40).
 */
export function withExtProcOverrides(signer: Signer, overrides: ConfigNode | undefined): Signer {
  if (overrides === undefined) return signer;
  const modes = overrides.get('processing_mode');
  const grpc = overrides.get('grpc_service');
  const fails = overrides.get('failure_mode_allow');
  const channels = grpc ? readChannels(grpc, overrides) : undefined;
  const more = overrides.list('grpc_initial_metadata').map(initialMetadata);
  return {
    ...signer,
    ...(modes && { modes: readModes(modes, overrides) }),
    ...(grpc && grpcTarget(grpc)),
    ...(fails?.flag !== undefined && { failOpen: { value: fails.flag, at: fails, isSet: true } }),
    channels: {
      ...signer.channels,
      initialMetadata: [...more, ...(channels ?? signer.channels).initialMetadata],
    },
  };
}

/** Reads a ProcessingMode; also that of gateways which take over its names. */
export function readModes(modes: ConfigNode | undefined, holder: ConfigNode): ProcessingModes {
  const mode = <T extends string>(name: string, byDefault: T): Setting<T> => {
    const node = modes?.get(name);
    const value = node?.text?.toUpperCase();
    const isDefault = value === undefined || value === 'DEFAULT';
    return { value: isDefault ? byDefault : (value as T), at: node ?? modes ?? holder, isSet: node !== undefined };
  };
  return {
    requestHeaders: mode<'SEND' | 'SKIP'>('request_header_mode', 'SEND'),
    requestBody: mode<BodyMode>('request_body_mode', 'NONE'),
    requestTrailers: mode<'SEND' | 'SKIP'>('request_trailer_mode', 'SKIP'),
  };
}

function readChannels(grpc: ConfigNode | undefined, config: ConfigNode): Channels {
  return {
    at: config,
    initialMetadata: (grpc?.list('initial_metadata') ?? []).map(initialMetadata),
    attributes: new Set(config.list('request_attributes').flatMap((node) => node.text ?? [])),
    dynamicMetadata: forwards(config.at('metadata_options', 'forwarding_namespaces')),
  };
}

/** The cluster and the authority of a core.v3.GrpcService. */
export function grpcTarget(grpc: ConfigNode | undefined): Pick<Signer, 'cluster' | 'authority'> {
  const envoyGrpc = grpc?.get('envoy_grpc');
  const cluster = envoyGrpc?.get('cluster_name');
  const authority = envoyGrpc?.get('authority')?.text;
  return {
    ...(cluster?.text !== undefined && { cluster: { value: cluster.text, at: cluster, isSet: true } }),
    ...(authority && { authority }),
  };
}

/** A field, or its default at the place where it would stand. */
export function setting<T>(
  holder: ConfigNode,
  name: string,
  read: (node: ConfigNode) => T | undefined,
  byDefault: T,
): Setting<T> {
  const node = holder.get(name);
  const value = node && read(node);
  return value === undefined || node === undefined
    ? { value: byDefault, at: holder, isSet: false }
    : { value, at: node, isSet: true };
}

function initialMetadata(at: ConfigNode) {
  return { at, key: at.get('key')?.text?.toLowerCase() ?? '', value: at.get('value')?.text ?? '' };
}

function forwards(namespaces: ConfigNode | undefined): boolean {
  return (namespaces?.list('untyped') ?? []).some((node) => node.text === NAMESPACE);
}
