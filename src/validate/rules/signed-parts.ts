import type { SigningConfig } from '../../config/index.ts';
import type { Way } from '../subject/judge.ts';

/** Ways whose config is known, with it. */
export function signing<W extends Way>(ways: readonly W[]): (W & { config: SigningConfig })[] {
  return ways.flatMap((way) => (way.judgement.kind === 'signs' ? [{ ...way, config: way.judgement.config }] : []));
}

/** Whether a config covers a request header, so that a change behind the signer breaks the signature. */
export function isSigned({ signedHeaders, queryExpiresSeconds }: SigningConfig, header: string): boolean {
  if (header === 'authorization') return queryExpiresSeconds === undefined;
  if (header === 'host' || header === ':authority' || header === ':path' || header === ':method') return true;
  return header === 'content-type' || header.startsWith('x-amz-') || signedHeaders.has(header);
}

/** The headers that the signer has to write for a config, or to take away. */
export function writtenHeaders(config: SigningConfig): string[] {
  const { target, scheme, callerToken, payload, queryExpiresSeconds } = config;
  return [
    ...(queryExpiresSeconds === undefined ? ['authorization', 'x-amz-date', 'x-amz-security-token'] : []),
    'x-amz-content-sha256',
    ':path',
    ...(target.kind === 'override' ? [':authority'] : []),
    ...(scheme === undefined ? [] : [':scheme']),
    ...(needsToken(config) ? [callerToken.header] : []),
    ...(needsToken(config) && callerToken.cookie !== undefined ? ['cookie'] : []),
    ...(needsToken(config) && callerToken.keepCopy ? [callerToken.copyHeader] : []),
    ...(payload === 'streaming' ? ['content-length', 'content-encoding'] : []),
  ];
}

/** Whether the caller's token is part of who signs: as the identity, or for its claims. */
export function needsToken({ identity }: SigningConfig): boolean {
  return identity.source === 'caller' || identity.usesClaims;
}

/** The authority that a config signs, where that does not depend on the request. */
export function signedAuthority({ target }: SigningConfig): string | undefined {
  return target.kind === 'keep' ? undefined : target.authority;
}

export function isS3({ rules }: SigningConfig): boolean {
  return !rules.pathNormalization;
}
