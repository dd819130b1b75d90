import type { Prng } from '../../../test/support/prng.ts';
import { hostileBody } from './bodies.ts';
import { hostileBytes, longBytes } from './bytes.ts';
import { CLIENT_HOST, ROUTE_HEADER, ROUTES } from './gateway.ts';
import { hostileHeaders } from './headers.ts';

/** A request as it goes over a raw connection; whether it is HTTP is another matter. */
export interface RawRequest {
  method: string;
  target: string;
  host: string;
  headers: [name: string, value: string][];
  body: Buffer | undefined;
}

/** Bytes that stay out of most requests, as HTTP parsers refuse them and nothing behind would be reached. */
const REFUSED_BY_PARSERS = /[^\t -~\u0080-\u00ff]/g;
const REFUSED_IN_TARGETS = /[^!-~]|#/g;
/** Node's server takes heads of up to 16 KiB. */
const MOST_OF_THE_STAND_IN = 10_000;
const FRAMING = /^(?:content-length|transfer-encoding|connection|upgrade|te|host|expect)$/;

/** @param bearer a good token, which some of the requests bear */
export function rawRequest(random: Prng, bearer: string): RawRequest {
  const clean = random.chance(0.85);
  const tidy = (text: string) => (clean ? text.replaceAll(REFUSED_BY_PARSERS, '') : text);
  const body = random.chance(0.4) ? hostileBody(random) : undefined;
  const headers = [...hostileHeaders(random), ...(body?.headers ?? [])]
    .filter(([name]) => !clean || (/^[a-z0-9_-]+$/.test(name) && !FRAMING.test(name)))
    .map(([name, value]): [string, string] => [name, tidy(value).trim()]);
  const target = `/${tidy(hostileBytes(random, 10))}${random.chance(0.5) ? `?${tidy(hostileBytes(random, 12))}` : ''}`;
  if (random.chance(0.5)) headers.push(['authorization', random.chance(0.8) ? bearer : `${bearer}x`]);
  return {
    method: random.chance(0.97) ? random.pick(['GET', 'PUT', 'POST', 'DELETE']) : tidy(hostileBytes(random)),
    target: clean
      ? target.replaceAll(random.chance(0.8) ? REFUSED_IN_TARGETS : /[\t #]/g, '')
      : target + (random.chance(0.02) ? longBytes(random, MOST_OF_THE_STAND_IN) : ''),
    host: random.chance(0.97) ? CLIENT_HOST : tidy(hostileBytes(random)),
    headers: [[ROUTE_HEADER, random.pick(ROUTES)], ...headers],
    body: body?.bytes,
  };
}
