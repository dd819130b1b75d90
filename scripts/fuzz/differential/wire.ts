import type { Credentials, HeaderEntry, ServiceRules } from '../../../src/signing/index.ts';
import { signInStages } from '../../../src/signing/index.ts';
import type { SigningCase } from './cases.ts';

/** A request as it leaves after ours has signed it, less the signature, for another signer to sign the same. */
export interface WireCase {
  method: string;
  /** Rewritten `:path`, less the parameters of our own signature. */
  target: string;
  /** Those that were signed, host first, in wire order, less what signers write themselves. */
  headers: HeaderEntry[];
  algorithm: 'sigv4' | 'sigv4a';
  region: string;
  service: string;
  rules: Pick<ServiceRules, 'pathEncoding' | 'pathNormalization' | 'unsignedQueryToken'>;
  /** Seconds; given, the signature belongs in the query. */
  expires?: number;
  credentials: Credentials;
  /** `YYYYMMDDTHHMMSSZ` */
  timestamp: string;
  payloadHash: string;
}

/** What ours made of a case. */
export interface Ours {
  wire: WireCase;
  /** `:path` as it leaves. */
  path: string;
  /** All headers as they leave. */
  sent: HeaderEntry[];
  signedHeaders: ReadonlySet<string>;
  /** Undefined where the signature is in the query. */
  authorization: string | undefined;
  signature: string;
  canonicalRequest: string;
  stringToSign: string;
}

const WRITTEN_BY_SIGNERS: ReadonlySet<string> = new Set([
  'authorization',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-region-set',
  'x-amz-security-token',
]);
const SIGNATURE_PARAMETERS =
  /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Region-Set|Security-Token|Signature)=/;

/** Signs a case and puts the mutation on the request. */
export function signCase(signingCase: SigningCase): Ours {
  const { request, parameters, credentials, payloadHash, now } = signingCase;
  const stages = signInStages(request, parameters, credentials, payloadHash, now);
  const { set, remove, signature, timestamp, path = request.path } = stages.signedRequest;
  const written = new Set(set.map(([name]) => name));
  const sent = [...request.headers.filter(([name]) => !remove.includes(name) && !written.has(name)), ...set];
  const signedHeaders = new Set(stages.canonicalRequest.split('\n').at(-2)?.split(';'));
  return {
    path,
    sent,
    signedHeaders,
    wire: {
      method: request.method,
      target: withoutSignature(path),
      headers: [
        ['host', request.authority],
        ...sent.filter(([name]) => signedHeaders.has(name) && !WRITTEN_BY_SIGNERS.has(name)),
      ],
      algorithm: parameters.algorithm,
      region: parameters.region,
      service: parameters.service,
      rules: parameters.rules,
      ...(parameters.queryExpiresSeconds !== undefined && { expires: parameters.queryExpiresSeconds }),
      credentials,
      timestamp,
      payloadHash,
    },
    authorization: sent.find(([name]) => name === 'authorization')?.[1],
    signature,
    canonicalRequest: stages.canonicalRequest,
    stringToSign: stages.stringToSign,
  };
}

function withoutSignature(path: string): string {
  const questionMark = path.indexOf('?');
  if (questionMark < 0) return path;
  const pairs = path.slice(questionMark + 1).split('&');
  const others = pairs.filter((pair) => !SIGNATURE_PARAMETERS.test(pair));
  return others.length === 0 ? path.slice(0, questionMark) : `${path.slice(0, questionMark)}?${others.join('&')}`;
}
