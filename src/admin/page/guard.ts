import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Sent with every POST; the page's own script alone can read it. */
export const TOKEN_HEADER = 'x-page-token';

/**
 * Whether a Host header names this port by address or as localhost. A name of somebody else's may resolve to this
 * machine (DNS rebinding), and make their page of one origin with ours; an address cannot.
 */
export function isOwnHost(host: string | undefined): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host ?? '') ?? [];
  const name = (bracketed ?? plain ?? '').toLowerCase();
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

/** Why a POST is not taken, or undefined: it must come from this very page in a browser that says so. */
export function refusalOfPost(headers: IncomingHttpHeaders, token: string): string | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return 'the request comes from another site';
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return 'the request comes from another origin';
  }
  if (site === undefined && origin === undefined) return 'the request does not say which page it comes from';
  const given = Buffer.from(String(headers[TOKEN_HEADER] ?? ''));
  const known = Buffer.from(token);
  if (given.length !== known.length || !timingSafeEqual(given, known))
    return 'load the page anew: its token is not known';
  return undefined;
}
