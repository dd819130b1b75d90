import { type ConfigSources, METADATA_NAMESPACE } from '../config/index.ts';
import type { JsonObject } from '../protobuf/index.ts';
import type { Peer, Verdict } from '../signer/index.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { HttpHeaders, ProcessingRequest } from './messages.ts';

/** What the gRPC call itself says, before any message. */
export interface GrpcCall {
  /** JSON of the route's config, from x-aws-request-signing or its binary form. */
  initialMetadata: string | undefined;
  authority: string | undefined;
  peer: Peer;
  /** What all requests together hold. */
  held: HeldBytes;
  /** Tells Envoy that the answer to the message at hand may take as long as STS does. */
  askForTime(): void;
}

/** What the target's answer says of the signature. */
export function verdictOf(response: HttpHeaders | undefined): Verdict {
  const value = (name: string) => response?.headers.find(([key]) => key === name)?.[1];
  return { status: Number(value(':status')), errorType: value('x-amzn-errortype'), date: value('date') };
}

/** Where the request's config may be found: gRPC metadata, attributes, dynamic metadata. */
export function configSources({ attributes, dynamic_metadata }: ProcessingRequest, call: GrpcCall): ConfigSources {
  const dynamic = dynamic_metadata?.[METADATA_NAMESPACE];
  return {
    initialMetadata: call.initialMetadata,
    routeMetadata: attributeText(attributes, 'xds.route_metadata'),
    virtualHostMetadata: attributeText(attributes, 'xds.virtual_host_metadata'),
    clusterMetadata: attributeText(attributes, 'xds.cluster_metadata'),
    routeName: attributeText(attributes, 'xds.route_name'),
    dynamicMetadata: dynamic && JSON.stringify(dynamic),
    grpcAuthority: call.authority,
  };
}

/** An attribute that was asked for and is empty comes as '', one that was not asked for not at all. */
function attributeText(attributes: JsonObject | undefined, name: string): string | undefined {
  const text = attributes?.[name];
  return typeof text === 'string' ? text : undefined;
}
