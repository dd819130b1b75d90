import { type CallerTokenRule, matchesHostGlob, type SigningConfig, type Target } from '../config/index.ts';
import { ConfigError } from '../errors/index.ts';
import { type HeaderEntry, type WireRequest, withoutDefaultPort } from '../signing/index.ts';
import { cookiesWithout, isAwsSignature } from './caller-token.ts';
import { changeHeaders } from './change-headers.ts';
import { pathAtTarget } from './rewritten-path.ts';

/** A request as AWS is to see it before it is signed, and the mutations that make it so. */
export interface PreparedRequest {
  request: WireRequest;
  set: HeaderEntry[];
  remove: string[];
}

/**
 * Gives a request its target's authority, and the path that it will have there, and takes the caller's token off it.
 * @throws ConfigError SIGV4_HOST_NOT_ALLOWED, SIGV4_CONFIG_INVALID
 */
export function prepareRequest(request: WireRequest, config: SigningConfig): PreparedRequest {
  const { target, scheme, callerToken } = config;
  const set: HeaderEntry[] = [];
  const remove: string[] = [];

  const authority = signedAuthority(target, request.authority);
  if (target.kind === 'override' && authority !== request.authority) set.push([':authority', authority]);
  const path = pathAtTarget(config, request.path);
  if (scheme !== undefined) set.push([':scheme', scheme]);

  const { header, copyHeader, keepCopy } = callerToken;
  const token = request.headers.find(([name, value]) => name === header && !isAwsSignature(value));
  // The signature replaces `authorization` wherever it is: only another token header has to go here.
  const dropped = header === 'authorization' ? [copyHeader] : [copyHeader, header];
  const headers = request.headers.filter(([name]) => !dropped.includes(name));
  remove.push(...dropped.filter((name) => request.headers.some((entry) => entry[0] === name)));
  if (keepCopy && token !== undefined) {
    const copy: HeaderEntry = [copyHeader, token[1]];
    headers.push(copy);
    set.push(copy);
  }
  return withoutTokenCookie({ request: { ...request, path, authority, headers }, set, remove }, callerToken);
}

/** The other cookies go on. */
function withoutTokenCookie(prepared: PreparedRequest, { cookie }: CallerTokenRule): PreparedRequest {
  const { headers } = prepared.request;
  if (cookie === undefined || !headers.some(([name]) => name === 'cookie')) return prepared;
  const others = cookiesWithout(headers, cookie);
  return others === '' ? changeHeaders(prepared, [], ['cookie']) : changeHeaders(prepared, [['cookie', others]], []);
}

function signedAuthority(target: Target, fromClient: string): string {
  if (target.kind !== 'keep') return target.authority;
  if (
    target.allowed &&
    !target.allowed.some(
      (glob) => matchesHostGlob(glob, fromClient) || matchesHostGlob(glob, withoutDefaultPort(fromClient)),
    )
  ) {
    throw new ConfigError('SIGV4_HOST_NOT_ALLOWED', 'the host is none of those that the route allows');
  }
  return fromClient;
}
