export { loadAwsSdk } from './aws-sdk.ts';
export { bearerToken } from './bearer-token.ts';
export type { CachedIdentity } from './cached-identity.ts';
export { Clock } from './clock.ts';
export { CredentialSource, type CredentialSourceOptions, type Subject } from './credential-source.ts';
export { proxiedFetch } from './proxied-fetch.ts';
export { openSharedCache, type SharedCacheOutcome } from './shared-cache/index.ts';
export { openTokenCheck, type TokenCheckOutcome } from './token-check/index.ts';
export type { CredentialsObserver, LookupOutcome, StsOperation } from './types.ts';
