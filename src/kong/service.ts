import { printable } from './comments.ts';
import type { RawService } from './file-schema.ts';
import type { Findings } from './findings.ts';
import type { KongService } from './model.ts';

/** Kong's own defaults; the port is 80 for `protocol: https` too, unless a `url` says https. */
const DEFAULT_PORT = 80;
const DEFAULT_TIMEOUT_MS = 60_000;

/** A Kong service with its shorthand `url` taken apart and Kong's defaults filled in. */
export function serviceOf(raw: RawService, at: string, findings: Findings): KongService {
  const url = isGiven(raw.url) ? takenApart(raw.url) : undefined;
  if (isGiven(raw.url) && !url) findings.error(`${at}.url`, 'is not a URL');
  const timeout = (value: number | null | undefined) => value ?? DEFAULT_TIMEOUT_MS;
  const tlsExtras = [
    ...(isGiven(raw.client_certificate) ? ['client_certificate'] : []),
    ...(raw.ca_certificates?.length ? ['ca_certificates'] : []),
  ];
  return {
    at,
    name: printable(raw.name ?? raw.id ?? at),
    ...(raw.id && { id: raw.id }),
    enabled: raw.enabled ?? true,
    protocol: url?.protocol ?? raw.protocol ?? 'http',
    host: url?.host ?? raw.host ?? '',
    port: url?.port ?? raw.port ?? DEFAULT_PORT,
    path: url?.path ?? raw.path ?? '/',
    connectTimeoutMs: timeout(raw.connect_timeout),
    idleTimeoutMs: Math.max(timeout(raw.read_timeout), timeout(raw.write_timeout)),
    ...(isGiven(raw.tls_verify) && { tlsVerify: raw.tls_verify }),
    tlsExtras,
  };
}

function takenApart(text: string): Pick<KongService, 'protocol' | 'host' | 'port' | 'path'> | undefined {
  const url = URL.parse(text);
  if (!url?.hostname) return undefined;
  const protocol = url.protocol.replace(':', '');
  const port = url.port === '' ? (protocol === 'https' ? 443 : DEFAULT_PORT) : Number(url.port);
  return { protocol, host: url.hostname, port, path: url.pathname || '/' };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
