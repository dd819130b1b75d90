import type { CallerTokenRule } from '../config/index.ts';
import { bearerToken } from '../credentials/index.ts';
import { TokenError } from '../errors/index.ts';
import type { HeaderEntry } from '../signing/index.ts';

/**
 * The caller's token: of the route's header, or where that holds none, of its cookie. A value that begins with `AWS4-`
 * is the signature of a client that was given nonsense keys, and never a token.
 * @returns undefined where there is none and the route lets such requests pass
 * @throws TokenError
 */
export function callerToken(rule: CallerTokenRule, headers: readonly HeaderEntry[]): string | undefined {
  const values = headers.flatMap(([name, value]) => (name === rule.header ? [value] : []));
  const tokens = values.filter((value) => !isAwsSignature(value));
  const cookies = tokens.length > 0 || rule.cookie === undefined ? [] : cookieValues(headers, rule.cookie);
  const [first, second] = tokens.length > 0 ? tokens : cookies.map((value) => `Bearer ${value}`);
  if (second !== undefined) throw new TokenError('SIGV4_TOKEN_INVALID', 'the caller sent more than one token');
  if (first !== undefined) return bearerToken(first);
  // Only what is not there at all may pass: a client's signature would go on to AWS as if it were ours.
  if (values.length > 0) throw new TokenError('SIGV4_TOKEN_INVALID', 'the caller sent no Bearer token');
  if (rule.onMissing === 'pass') return undefined;
  throw new TokenError('SIGV4_TOKEN_MISSING', 'the caller sent no token');
}

export function isAwsSignature(value: string): boolean {
  return value.trimStart().startsWith('AWS4-');
}

/** RFC 6265 §4.2.1. HTTP/2 clients may send the pairs in several headers. */
function cookieValues(headers: readonly HeaderEntry[], name: string): string[] {
  return cookiePairs(headers).flatMap((pair) => (nameOf(pair) === name ? [unquoted(pair.slice(name.length + 1))] : []));
}

/** All cookies but one, as one header's value; '' where no other is left. */
export function cookiesWithout(headers: readonly HeaderEntry[], name: string): string {
  return cookiePairs(headers)
    .filter((pair) => nameOf(pair) !== name)
    .join('; ');
}

function cookiePairs(headers: readonly HeaderEntry[]): string[] {
  return headers
    .filter(([name]) => name === 'cookie')
    .flatMap(([, value]) => value.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}

function unquoted(value: string): string {
  return value.replace(/^"(.*)"$/, '$1');
}
