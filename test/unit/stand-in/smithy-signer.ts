import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../support/smithy-sha256.ts';

/** A signed request in its wire form, as the verifier takes it. */
export interface WireRequest {
  method: string;
  url: string;
  rawHeaders: string[];
  body: Buffer;
}

export interface SmithyRequest {
  service: string;
  region?: string;
  method?: string;
  /** Wire path. */
  path?: string;
  /** Wire query; what it decodes to is signed. */
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  at: Date;
  /** The path is signed as it is (the S3 family), or encoded again. */
  verbatimPath?: boolean;
  /** What is signed as the path, where that is not the wire path. */
  signedPath?: string;
  presign?: boolean;
}

function queryBag(query: string): Record<string, string[]> {
  const bag: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) bag[name] = [...(bag[name] ?? []), value];
  return bag;
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Signs with @smithy/signature-v4, an implementation that the verifier shares nothing with. */
export async function signWithSmithy(request: SmithyRequest): Promise<WireRequest> {
  const { service, region = 'us-east-1', method = 'GET', path = '/', query = '', body = '', at, presign } = request;
  const signer = new SignatureV4({
    service,
    region,
    credentials: request.credentials,
    sha256: Sha256,
    uriEscapePath: !request.verbatimPath,
  });
  const host = `${service}.${region}.amazonaws.com`;
  const unsigned = {
    method,
    protocol: 'http:',
    hostname: host,
    path: request.signedPath ?? path,
    query: queryBag(query),
    headers: { host, ...request.headers },
    body,
  };
  if (presign) {
    const { query: signed = {}, headers } = await signer.presign(unsigned, { signingDate: at, expiresIn: 300 });
    const pairs = Object.entries(signed).flatMap(([name, value]) =>
      [value ?? ''].flat().map((one) => `${strict(name)}=${strict(one)}`),
    );
    return {
      method,
      url: `${path}?${pairs.join('&')}`,
      rawHeaders: Object.entries(headers).flat(),
      body: Buffer.from(body),
    };
  }
  const { headers } = await signer.sign(unsigned, { signingDate: at });
  const url = query ? `${path}?${query}` : path;
  return { method, url, rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body) };
}
