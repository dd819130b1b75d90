import {
  HEADER_AUTHORIZATION,
  HEADER_CONTENT_SHA256,
  HEADER_DATE,
  HEADER_REGION_SET,
  HEADER_SECURITY_TOKEN,
} from './constants.ts';
import type { SignatureScheme } from './scheme.ts';
import type { Credentials, HeaderEntry, SigningParameters } from './types.ts';
import { uriEncode } from './uri-encoding.ts';

/** All that is fixed before a request's canonical form is made. */
export interface SigningContext {
  readonly scheme: SignatureScheme;
  readonly parameters: SigningParameters;
  readonly credentials: Credentials;
  readonly payloadHash: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  readonly scope: string;
}

/** Where the signature and what belongs to it stands on the request. */
export interface SignaturePlacement {
  /** Headers that are written and signed. */
  headers(context: SigningContext): HeaderEntry[];
  /** Decoded query pairs that are written and signed. */
  query(context: SigningContext, signedHeaders: string): ReadonlyMap<string, string>;
  /** What carries the signature itself. */
  signature(
    context: SigningContext,
    signedHeaders: string,
    signature: string,
  ): { header?: HeaderEntry; query?: string };
}

const NO_QUERY: ReadonlyMap<string, string> = new Map();

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html */
export const inHeaders: SignaturePlacement = {
  headers({ scheme, parameters, credentials, payloadHash, timestamp }) {
    const headers: HeaderEntry[] = [
      [HEADER_CONTENT_SHA256, payloadHash],
      [HEADER_DATE, timestamp],
    ];
    const regionSet = scheme.regionSet(parameters);
    if (regionSet !== undefined) headers.push([HEADER_REGION_SET, regionSet]);
    if (credentials.sessionToken !== undefined) headers.push([HEADER_SECURITY_TOKEN, credentials.sessionToken]);
    return headers;
  },

  query() {
    return NO_QUERY;
  },

  signature({ scheme, credentials, scope }, signedHeaders, signature) {
    const credential = `${credentials.accessKeyId}/${scope}`;
    const value = `${scheme.algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return { header: [HEADER_AUTHORIZATION, value] };
  },
};

/**
 * The query of a presigned URL. Whatever else is x-amz-* stays a signed header, so that a service still finds there
 * what it reads, such as DynamoDB its x-amz-target.
 */
export const inQuery: SignaturePlacement = {
  headers({ payloadHash }) {
    return [[HEADER_CONTENT_SHA256, payloadHash]];
  },

  query({ scheme, parameters, credentials, timestamp, scope }, signedHeaders) {
    const pairs = new Map([
      ['X-Amz-Algorithm', scheme.algorithm],
      ['X-Amz-Credential', `${credentials.accessKeyId}/${scope}`],
      ['X-Amz-Date', timestamp],
      ['X-Amz-Expires', String(parameters.queryExpiresSeconds)],
      ['X-Amz-SignedHeaders', signedHeaders],
    ]);
    const regionSet = scheme.regionSet(parameters);
    if (regionSet !== undefined) pairs.set('X-Amz-Region-Set', regionSet);
    if (credentials.sessionToken !== undefined && !parameters.rules.unsignedQueryToken) {
      pairs.set('X-Amz-Security-Token', credentials.sessionToken);
    }
    return pairs;
  },

  signature({ parameters, credentials }, _signedHeaders, signature) {
    const token = parameters.rules.unsignedQueryToken ? credentials.sessionToken : undefined;
    const unsignedToken = token === undefined ? '' : `&X-Amz-Security-Token=${uriEncode(token)}`;
    return { query: `X-Amz-Signature=${signature}${unsignedToken}` };
  },
};
