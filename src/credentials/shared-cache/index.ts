export { type OpenSharedCacheOptions, openSharedCache } from './open-shared-cache.ts';
export type { SharedCache } from './shared-cache.ts';
export type { SharedCacheKey, SharedCacheOptions, SharedCacheOutcome } from './types.ts';
