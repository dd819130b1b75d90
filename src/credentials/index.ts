export { bearerToken } from './bearer-token.ts';
export { Clock } from './clock.ts';
export { CredentialSource, type CredentialSourceOptions } from './credential-source.ts';
export type { CredentialsObserver, StsOperation } from './types.ts';
