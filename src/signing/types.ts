/**
 * One header: lower-case name, value. Strings that come from or go to the wire hold one byte per character (latin1),
 * so that what is hashed is byte for byte what is sent, whatever the encoding of the value.
 */
export type HeaderEntry = readonly [name: string, value: string];

/** The request as the filter sees it. */
export interface WireRequest {
  method: string;
  /** `:path`, query included. */
  path: string;
  /** `:authority`. */
  authority: string;
  /** In wire order, repeated names kept, pseudo-headers left out. */
  headers: readonly HeaderEntry[];
}

/** The AWS credentials that sign. Signing keys are cached by this object's identity and go when it goes. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What of a route's config decides a signature. */
export interface SigningParameters {
  readonly algorithm: 'sigv4' | 'sigv4a';
  /** One region; for SigV4A a set of them, joined by commas, in which `*` may stand for any characters. */
  readonly region: string;
  readonly service: string;
  /** Given, the signature goes into the query and is good for so many seconds. */
  readonly queryExpiresSeconds?: number;
  readonly rules: ServiceRules;
  /** Names signed besides host, content-type and x-amz-*; lower case. */
  readonly signedHeaders: ReadonlySet<string>;
}

/** How a service differs from the others in what it signs and takes. */
export interface ServiceRules {
  /**
   * `single`: the path decoded whole, then strictly encoded, on the wire too. `double`: the wire path encoded once
   * more, the wire untouched.
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
   */
  readonly pathEncoding: 'single' | 'double';
  /** Whether empty, `.` and `..` segments are resolved in the canonical path. */
  readonly pathNormalization: boolean;
  /** `required`: takes nothing but UNSIGNED-PAYLOAD; `refused`: takes it never. */
  readonly unsignedPayload: 'allowed' | 'refused' | 'required';
  /** Takes bodies as aws-chunked, signed chunk by chunk. */
  readonly streamingPayload: boolean;
  /** The session token of a signature in the query is appended unsigned. */
  readonly unsignedQueryToken: boolean;
  /** Client-sent headers with these prefixes are removed, as the service answers 403 to them. */
  readonly strippedHeaderPrefixes: readonly string[];
}

/** What has to change on the request for AWS to accept it. */
export interface SignedRequest {
  /** Headers to write, each replacing whatever stood there. */
  readonly set: readonly HeaderEntry[];
  /** Names to remove first; a name that is also in `set` stood there more than once. */
  readonly remove: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  /** The credential scope. */
  readonly scope: string;
  /** The new `:path`, where the client's was not in the form that was signed. */
  readonly path?: string;
}
