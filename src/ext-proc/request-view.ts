import { type ConfigSources, METADATA_NAMESPACE } from '../config/index.ts';
import type { Peer, Verdict } from '../signer/index.ts';
import type { HeaderEntry, WireRequest } from '../signing/index.ts';
import type { HttpHeaders, ProcessingRequest, Struct, WireHeader } from './messages.ts';
import { structToJson } from './struct.ts';

/** What the gRPC call itself says, before any message. */
export interface GrpcCall {
  /** JSON of the route's config, from x-aws-request-signing or its binary form. */
  initialMetadata: string | undefined;
  authority: string | undefined;
  peer: Peer;
  /** Tells Envoy that the answer to the message at hand may take as long as STS does. */
  askForTime(): void;
}

/** What the headers message says of the request. */
export interface RequestView {
  request: WireRequest;
  /** Of x-request-id, for logs. */
  requestId?: string;
}

export function viewOf({ headers }: HttpHeaders): RequestView {
  const pseudo = new Map<string, string>();
  const entries: HeaderEntry[] = [];
  for (const header of headers?.headers ?? []) {
    const name = header.key ?? '';
    if (name.startsWith(':')) pseudo.set(name, headerValue(header));
    else if (name !== 'host') entries.push([name.toLowerCase(), headerValue(header)]);
  }
  const requestId = entries.find(([name]) => name === 'x-request-id')?.[1];
  return {
    request: {
      method: pseudo.get(':method') ?? '',
      path: pseudo.get(':path') ?? '',
      authority: pseudo.get(':authority') ?? '',
      headers: entries,
    },
    ...(requestId !== undefined && { requestId }),
  };
}

/** What the target's answer says of the signature. */
export function verdictOf(response: HttpHeaders | undefined): Verdict {
  const value = (name: string) => {
    const header = response?.headers?.headers?.find(({ key }) => key === name);
    return header && headerValue(header);
  };
  return { status: Number(value(':status')), errorType: value('x-amzn-errortype'), date: value('date') };
}

/** Where the request's config may be found: gRPC metadata, attributes, dynamic metadata. */
export function configSources(message: ProcessingRequest, call: GrpcCall): ConfigSources {
  const attributes = Object.values(message.attributes ?? {});
  const attribute = (name: string) => attributeText(attributes, name);
  const dynamic = message.metadata_context?.filter_metadata?.[METADATA_NAMESPACE];
  return {
    initialMetadata: call.initialMetadata,
    routeMetadata: attribute('xds.route_metadata'),
    virtualHostMetadata: attribute('xds.virtual_host_metadata'),
    clusterMetadata: attribute('xds.cluster_metadata'),
    routeName: attribute('xds.route_name'),
    dynamicMetadata: dynamic && JSON.stringify(structToJson(dynamic)),
    grpcAuthority: call.authority,
  };
}

/** One byte per character, whatever the value's encoding: what is signed is what is sent. */
function headerValue(header: WireHeader): string {
  return header.raw_value?.length
    ? header.raw_value.toString('latin1')
    : Buffer.from(header.value ?? '', 'utf8').toString('latin1');
}

/** An attribute that was asked for and is empty comes as '', one that was not asked for not at all. */
function attributeText(attributes: readonly Struct[], name: string): string | undefined {
  for (const { fields } of attributes) {
    const text = fields?.[name]?.stringValue;
    if (text !== undefined) return text;
  }
  return undefined;
}
