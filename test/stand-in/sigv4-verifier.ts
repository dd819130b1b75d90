import { createHash, createHmac } from 'node:crypto';
import type { CredentialStore, Principal, StoredCredentials } from './credential-store.ts';
import { headerPairs } from './http.ts';
import { type Claims, parseClaims } from './sigv4-authorization.ts';
import { canonicalHeaders, canonicalPath, canonicalQuery, isS3Family, type PathRule } from './sigv4-canonical.ts';
import { type PayloadPolicy, payloadHash } from './sigv4-payload.ts';
import { awsCode, Refusal, type RefusalReason } from './sigv4-refusal.ts';

export interface VerifyOptions {
  /** Service that must be in the credential scope; absent: any. */
  service?: string;
  /** Region that must be in the credential scope; absent: any. */
  region?: string;
  /** Which payload hash is taken: of the body (default), only UNSIGNED-PAYLOAD, or either. */
  payload?: PayloadPolicy;
  /** Overrides the service's own path rule. */
  pathRule?: PathRule;
}

interface Evidence {
  /** The service asked for in the options, else that of the credential scope. */
  service: string;
  /** Empty where the request was refused before it could be made. */
  canonicalRequest: string;
  stringToSign: string;
}

export interface Accepted extends Evidence {
  ok: true;
  principal: Principal;
  signedHeaders: string[];
  region: string;
  amzDate: string;
  source: 'header' | 'query';
}

export interface Refused extends Evidence {
  ok: false;
  /** Stable cause, for tests. */
  reason: RefusalReason;
  /** HTTP status, code and message as AWS answers. */
  status: number;
  code: string;
  message: string;
}

export type Verdict = Accepted | Refused;

const MAX_SKEW_MS = 5 * 60_000;

const sha256Hex = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data, 'latin1').digest();

function parseTime(amzDate: string): number {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(amzDate) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

function checkScope(claims: Claims, { service, region }: VerifyOptions): void {
  const wrong = (part: string, expected: string, got: string): Refusal =>
    new Refusal(
      'wrong-scope',
      `Credential should be scoped to a valid ${part}, expecting '${expected}', got '${got}'.`,
    );
  if (claims.scopeDate !== claims.amzDate.slice(0, 8)) {
    throw wrong('date', claims.amzDate.slice(0, 8), claims.scopeDate);
  }
  if (service !== undefined && claims.service !== service) throw wrong('service', service, claims.service);
  if (region !== undefined && claims.region !== region) throw wrong('region', region, claims.region);
}

function checkTime(claims: Claims, now: Date): void {
  const age = now.getTime() - parseTime(claims.amzDate);
  if (claims.expires !== undefined && age > claims.expires * 1000) {
    throw new Refusal('expired-url', 'Request has expired');
  }
  const tooOld = claims.expires === undefined && age > MAX_SKEW_MS;
  if (Number.isNaN(age) || age < -MAX_SKEW_MS || tooOld) {
    throw new Refusal('clock-skew', `Signature expired or not yet current: ${claims.amzDate} (5 min. allowed)`);
  }
}

function findCredentials(claims: Claims, store: CredentialStore, now: Date): StoredCredentials {
  const credentials = store.find(claims.accessKeyId);
  if (!credentials) {
    throw new Refusal('unknown-access-key', 'The security token included in the request is invalid.');
  }
  if (credentials.sessionToken !== claims.sessionToken) {
    throw new Refusal('wrong-token', 'The security token included in the request is invalid.');
  }
  if (credentials.expiration && credentials.expiration.getTime() <= now.getTime()) {
    throw new Refusal('expired-credentials', 'The security token included in the request is expired');
  }
  return credentials;
}

function checkSignedHeaders(claims: Claims, rawHeaders: readonly string[]): void {
  const unsigned = headerPairs(rawHeaders)
    .map(([name]) => name.toLowerCase())
    .filter((name) => name.startsWith('x-amz-') && !claims.signedHeaders.includes(name));
  if (!claims.signedHeaders.includes('host')) unsigned.push('host');
  if (unsigned.length > 0) {
    throw new Refusal('unsigned-header', `Headers present in the request were not signed: ${unsigned.join(', ')}`);
  }
}

function sign(secret: string, claims: Claims, stringToSign: string): string {
  const dateKey = hmac(`AWS4${secret}`, claims.scopeDate);
  const regionKey = hmac(dateKey, claims.region);
  const serviceKey = hmac(regionKey, claims.service);
  return hmac(hmac(serviceKey, 'aws4_request'), stringToSign).toString('hex');
}

/**
 * Verifies a request as an AWS service does, from its wire form alone: written from AWS's "Signature Version 4 signing
 * process" with node:crypto, and sharing nothing with the signer under test.
 * `rawUrl` is the request target and `rawHeaders` Node's flat list, both latin1 byte strings; `body` is the whole body.
 * Stricter than AWS where that finds more: every x-amz-* header must be signed, and the clock may be off by 5 minutes.
 * Never throws for a bad request: the answer says why it was refused.
 */
export function verify(
  method: string,
  rawUrl: string,
  rawHeaders: readonly string[],
  body: Buffer,
  store: CredentialStore,
  now: Date,
  options: VerifyOptions = {},
): Verdict {
  const evidence: Evidence = { service: options.service ?? '', canonicalRequest: '', stringToSign: '' };
  try {
    const [path = '', rawQuery = ''] = splitOnce(rawUrl, '?');
    if (!path.startsWith('/')) throw new Refusal('malformed-authorization', 'The request target must start with /.');
    const claims = parseClaims(rawQuery, rawHeaders);
    evidence.service ||= claims.service;
    const { block, absent } = canonicalHeaders(rawHeaders, claims.signedHeaders);
    const rule = options.pathRule ?? (isS3Family(claims.service) ? 'decode-once' : 'encode-again');
    const hash = payloadHash(claims, rawHeaders, body, options.payload);
    evidence.canonicalRequest = [
      method,
      canonicalPath(path, rule),
      canonicalQuery(claims.query),
      block,
      claims.signedHeaders.join(';'),
      hash,
    ].join('\n');
    evidence.stringToSign = [
      'AWS4-HMAC-SHA256',
      claims.amzDate,
      `${claims.scopeDate}/${claims.region}/${claims.service}/aws4_request`,
      sha256Hex(Buffer.from(evidence.canonicalRequest, 'latin1')),
    ].join('\n');
    checkScope(claims, options);
    checkSignedHeaders(claims, rawHeaders);
    if (absent.length > 0) throw new Refusal('absent-header', `Signed headers were not sent: ${absent.join(', ')}`);
    const credentials = findCredentials(claims, store, now);
    checkTime(claims, now);
    if (sign(credentials.secretAccessKey, claims, evidence.stringToSign) !== claims.signature) {
      throw new Refusal(
        'signature',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      );
    }
    const { region, signedHeaders, amzDate, source } = claims;
    return { ok: true, principal: credentials.principal, signedHeaders, region, amzDate, source, ...evidence };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      ok: false,
      reason: error.reason,
      ...awsCode(error.reason, evidence.service),
      message: error.message,
      ...evidence,
    };
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
