import { headerValues } from './http.ts';
import { queryPairs } from './sigv4-canonical.ts';
import { Refusal } from './sigv4-refusal.ts';

/** What a signed request claims about itself, before anything of it has been checked. */
export interface Claims {
  /** Where the signature was: the Authorization header, or the query of a presigned URL. */
  source: 'header' | 'query';
  accessKeyId: string;
  /** YYYYMMDD of the credential scope. */
  scopeDate: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  /** YYYYMMDDTHHMMSSZ. */
  amzDate: string;
  sessionToken: string | undefined;
  /** Lifetime of a presigned URL, seconds. */
  expires: number | undefined;
  /** The query's pairs that are signed. */
  query: [name: string, value: string][];
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

function malformed(message: string): Refusal {
  return new Refusal('malformed-authorization', message);
}

function single(values: readonly string[], what: string): string | undefined {
  if (values.length > 1) throw malformed(`${what} is sent more than once.`);
  return values[0];
}

function parseCredential(credential: string): Pick<Claims, 'accessKeyId' | 'scopeDate' | 'region' | 'service'> {
  const [accessKeyId, scopeDate, region, service, terminator, ...rest] = credential.split('/');
  if (!accessKeyId || !scopeDate || !region || !service || terminator !== 'aws4_request' || rest.length > 0) {
    throw malformed('Credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request.');
  }
  return { accessKeyId, scopeDate, region, service };
}

function parseSignedHeaders(list: string): string[] {
  const names = list.split(';');
  const tidy = [...new Set(names)].sort();
  if (list !== list.toLowerCase() || tidy.join(';') !== list || names.includes('')) {
    throw malformed('SignedHeaders must be lower-case, sorted and without repeats.');
  }
  return names;
}

function parseSignature(signature: string): string {
  if (!/^[0-9a-f]{64}$/.test(signature)) throw malformed('Signature must be 64 lower-case hex digits.');
  return signature;
}

function parseAmzDate(value: string | undefined): string {
  if (!value || !/^\d{8}T\d{6}Z$/.test(value)) throw malformed('X-Amz-Date must be sent, as YYYYMMDDTHHMMSSZ.');
  return value;
}

function fromHeader(authorization: string, rawHeaders: readonly string[], query: [string, string][]): Claims {
  const [, algorithm, parameters] = /^(\S+) +(.*)$/.exec(authorization) ?? [];
  if (algorithm !== ALGORITHM || parameters === undefined) throw malformed(`Authorization must start ${ALGORITHM}.`);
  const fields = new Map<string, string>();
  for (const parameter of parameters.split(',')) {
    const [, name, value] = /^([A-Za-z]+)=(\S+)$/.exec(parameter.trim()) ?? [];
    if (!name || !value || fields.has(name)) throw malformed('Authorization has a parameter that is bad or repeated.');
    fields.set(name, value);
  }
  if (fields.size !== 3) throw malformed('Authorization must have Credential, SignedHeaders and Signature.');
  return {
    source: 'header',
    ...parseCredential(fields.get('Credential') ?? ''),
    signedHeaders: parseSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: parseSignature(fields.get('Signature') ?? ''),
    amzDate: parseAmzDate(single(headerValues(rawHeaders, 'x-amz-date'), 'X-Amz-Date')?.trim()),
    sessionToken: single(headerValues(rawHeaders, 'x-amz-security-token'), 'X-Amz-Security-Token')?.trim(),
    expires: undefined,
    query,
  };
}

function fromQuery(rawHeaders: readonly string[], query: [string, string][]): Claims {
  const parameter = (name: string): string | undefined =>
    single(
      query.filter(([candidate]) => candidate === name).map(([, value]) => value),
      name,
    );
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) throw malformed(`X-Amz-Algorithm must be ${ALGORITHM}.`);
  const expires = parameter('X-Amz-Expires') ?? '';
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > 604_800) {
    throw malformed('X-Amz-Expires must be from 1 to 604800 seconds.');
  }
  const header = single(headerValues(rawHeaders, 'x-amz-security-token'), 'X-Amz-Security-Token')?.trim();
  return {
    source: 'query',
    ...parseCredential(parameter('X-Amz-Credential') ?? ''),
    signedHeaders: parseSignedHeaders(parameter('X-Amz-SignedHeaders') ?? ''),
    signature: parseSignature(parameter('X-Amz-Signature') ?? ''),
    amzDate: parseAmzDate(parameter('X-Amz-Date')),
    sessionToken: parameter('X-Amz-Security-Token') ?? header,
    expires: Number(expires),
    query: query.filter(([name]) => name !== 'X-Amz-Signature'),
  };
}

/** Reads a request's claims from its Authorization header or its query; throws a {@link Refusal} if it has none, or two. */
export function parseClaims(rawQuery: string, rawHeaders: readonly string[]): Claims {
  const query = queryPairs(rawQuery);
  const presigned = query.some(([name]) => name === 'X-Amz-Algorithm' || name === 'X-Amz-Signature');
  const authorization = single(headerValues(rawHeaders, 'authorization'), 'Authorization');
  if (authorization !== undefined && presigned) throw malformed('Only one authentication mechanism is allowed.');
  if (authorization !== undefined) return fromHeader(authorization.trim(), rawHeaders, query);
  if (presigned) return fromQuery(rawHeaders, query);
  throw new Refusal('missing-authentication', 'Request is missing Authentication Token');
}
