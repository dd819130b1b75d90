import type { ConfigNode } from '../source/index.ts';
import type { MutationRules } from './mutation-rules.ts';

/** A setting as it takes effect, with the place where it is set, or else where it would be. */
export interface Setting<T> {
  readonly value: T;
  readonly at: ConfigNode;
  /** Whether the configuration says it, or Envoy's or the gateway's default does. */
  readonly isSet: boolean;
}

export type BodyMode = 'NONE' | 'STREAMED' | 'BUFFERED' | 'BUFFERED_PARTIAL' | 'FULL_DUPLEX_STREAMED' | 'GRPC';

/** What of a request comes to the signer. */
export interface ProcessingModes {
  readonly requestHeaders: Setting<'SEND' | 'SKIP'>;
  readonly requestBody: Setting<BodyMode>;
  readonly requestTrailers: Setting<'SEND' | 'SKIP'>;
}

/** One entry of the gRPC call's initial metadata. */
export interface InitialMetadata {
  readonly key: string;
  readonly value: string;
  readonly at: ConfigNode;
}

/** By which ways a route's config reaches the signer. */
export interface Channels {
  /** Where a channel that is missing would be set. */
  readonly at: ConfigNode;
  readonly initialMetadata: readonly InitialMetadata[];
  /** Of ext_proc's request_attributes; of ext_authz the same, for what it sends in metadata contexts. */
  readonly attributes: ReadonlySet<string>;
  readonly dynamicMetadata: boolean;
}

/** ext_authz's with_request_body. */
export interface CheckBody {
  readonly at: ConfigNode;
  readonly maxBytes?: number;
  readonly partial: boolean;
  readonly asBytes: boolean;
}

/** One place where Envoy asks the signer, as it takes effect there. */
export interface Signer {
  readonly door: 'ext_proc' | 'ext_authz';
  readonly at: ConfigNode;
  /** By which per-route configuration finds it. */
  readonly filterName: string;
  /** In the listener's chain, or in a cluster's. */
  readonly placement: 'downstream' | 'upstream';
  readonly failOpen: Setting<boolean>;
  /** Milliseconds that a message may take to be answered. */
  readonly timeout: Setting<number>;
  /** Milliseconds up to which the signer may ask for more time. */
  readonly maxTimeout: number;
  readonly modes: ProcessingModes;
  readonly channels: Channels;
  readonly mutations: MutationRules;
  /** The Envoy cluster that leads to the signer. */
  readonly cluster?: Setting<string>;
  /** Of the gRPC call, where it is set. */
  readonly authority?: string;
  /** Where the route is chosen anew behind the signer. */
  readonly clearsRouteCache?: ConfigNode;
  readonly observes?: ConfigNode;
  /** Where the signer's own answers, its refusals, are not taken. */
  readonly refusesAnswers?: ConfigNode;
  /** Where some headers are kept from the signer. */
  readonly hidesHeaders?: ConfigNode;
  readonly keepsContentLength: Setting<boolean>;
  /** Of ext_authz; absent where no body is sent. */
  readonly checkBody?: CheckBody;
}
