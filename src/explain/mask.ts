import { uriEncode } from '../signing/index.ts';

import { shown } from './shown.ts';

/** Hides secrets, session tokens and bearer tokens in a text that `shown` has made readable. */
export type Mask = (text: string) => string;

export interface Hidden {
  /** Secrets known by their value. */
  secrets: readonly (string | undefined)[];
  /** Values of which the first eight characters may be shown, such as signatures that could be sent again. */
  shortened: readonly string[];
  accessKeyIds: readonly string[];
  /** Names of headers, besides the usual ones, whose values are secret. */
  headers: readonly string[];
}

const SECRET_HEADERS = [
  'x-amz-security-token',
  'x-amz-s3session-token',
  'x-amz-server-side-encryption-customer-key',
  'x-amz-copy-source-server-side-encryption-customer-key',
  'cookie',
  'proxy-authorization',
  'x-api-key',
];

const SECRET_QUERY = /(?<=^|[?&\n])(x-amz-security-token|access_token|id_token|refresh_token|api[-_]?key)=([^&\s]*)/gim;
const SCHEME = /\b(Bearer|Basic) +([^\s,]+)/gi;
const ACCESS_KEY_ID = /\b(A[KS]IA)[A-Z0-9]{8,}([A-Z0-9]{4})\b/g;
/** Session tokens and JWTs are far longer than anything else without a blank. */
const LONG_OPAQUE = /[A-Za-z0-9+/=_%-]{160,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** Shorter ones may stand in a path or a host by chance; such are hidden by the name of their header alone. */
const SHORTEST_KNOWN = 8;

export function createMask({ secrets, shortened, accessKeyIds, headers }: Hidden): Mask {
  const known = secrets
    .flatMap((secret) =>
      secret === undefined || secret.length < SHORTEST_KNOWN ? [] : [shown(secret), uriEncode(secret)],
    )
    .sort((a, b) => b.length - a.length);
  const names = new Set([...SECRET_HEADERS, ...headers].map((name) => name.toLowerCase()));
  return (text) => {
    const lines = text.split('\n').map((line) => maskLine(line, names));
    let shown = lines.join('\n');
    for (const secret of known) shown = shown.replaceAll(secret, masked(secret));
    for (const value of shortened) shown = shown.replaceAll(value, `${value.slice(0, 8)}…`);
    for (const id of accessKeyIds) shown = shown.replaceAll(id, shortenedId(id));
    return shown
      .replace(SECRET_QUERY, (_, name, value) => `${name}=${masked(value)}`)
      .replace(SCHEME, (_, scheme, value) => `${scheme} ${masked(value)}`)
      .replace(ACCESS_KEY_ID, (id) => shortenedId(id));
  };
}

/** As a mask, for a text of AWS's: what is long and opaque in it may be a token, too. */
export function maskOpaque(text: string): string {
  return text.replace(LONG_OPAQUE, (value) => masked(value));
}

function maskLine(line: string, names: ReadonlySet<string>): string {
  const colon = line.indexOf(':');
  if (colon <= 0 || !names.has(line.slice(0, colon).toLowerCase())) return line;
  const value = line.slice(colon + 1);
  const blank = /^ */.exec(value)?.[0] ?? '';
  return `${line.slice(0, colon)}:${blank}${masked(value.slice(blank.length))}`;
}

function masked(value: string): string {
  if (value === '' || value.startsWith('<masked')) return value;
  return `<masked, ${value.length} characters>`;
}

function shortenedId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id;
}
