import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  key: string;
  /** PEM; self-signed, so that it is its own trust anchor. */
  cert: string;
}

const DAY_MS = 86_400_000;
const SEQUENCE = 0x30;
const SET = 0x31;
const OID_COMMON_NAME = '550403';
const OID_ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const OID_BASIC_CONSTRAINTS = '551d13';
const OID_SUBJECT_ALT_NAME = '551d11';

/** A new P-256 key and a certificate for DNS names (RFC 5280), made here because Node can only read certificates. */
export function selfSignedCertificate(dnsNames: readonly string[]): Certificate {
  return newCertificate({ dnsNames, isAuthority: true });
}

export interface Authority {
  /** PEM. */
  cert: string;
  /** A certificate of this authority's. */
  issue: (names: Names) => Certificate;
}

export interface Names {
  dnsNames?: readonly string[];
  uris?: readonly string[];
}

export function newAuthority(commonName = 'authority'): Authority {
  const own = newCertificate({ commonName, isAuthority: true });
  return { cert: own.cert, issue: (names) => newCertificate({ ...names, issuer: { key: own.key, commonName } }) };
}

interface Wanted extends Names {
  commonName?: string;
  isAuthority?: boolean;
  issuer?: { key: string; commonName: string };
}

function newCertificate({ commonName = 'stand-in', isAuthority = false, issuer, ...names }: Wanted): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, oid(OID_ECDSA_WITH_SHA256));
  const validity = der(SEQUENCE, utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS));
  const altNames = [
    ...(names.dnsNames ?? []).map((name) => der(0x82, Buffer.from(name))),
    ...(names.uris ?? []).map((uri) => der(0x86, Buffer.from(uri))),
  ];
  const constraints = isAuthority ? der(SEQUENCE, der(0x01, Buffer.of(0xff))) : der(SEQUENCE);
  const extensions = der(
    SEQUENCE,
    extension(OID_BASIC_CONSTRAINTS, constraints),
    ...(altNames.length > 0 ? [extension(OID_SUBJECT_ALT_NAME, der(SEQUENCE, ...altNames))] : []),
  );
  const version3 = der(0xa0, der(0x02, Buffer.of(2)));
  const serial = der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)]));
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const body = der(
    SEQUENCE,
    ...[version3, serial, algorithm, distinguishedName(issuer?.commonName ?? commonName)],
    ...[validity, distinguishedName(commonName), publicKeyInfo, der(0xa3, extensions)],
  );
  const signature = sign('sha256', body, issuer?.key ?? privateKey);
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: pem(der(SEQUENCE, body, algorithm, bitString(signature))),
  };
}

function distinguishedName(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid(OID_COMMON_NAME), der(0x0c, Buffer.from(commonName)))));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  // DER takes the shortest form alone.
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function bitString(content: Buffer): Buffer {
  return der(0x03, Buffer.of(0), content);
}

function extension(id: string, value: Buffer): Buffer {
  return der(SEQUENCE, oid(id), der(0x04, value));
}

function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}
