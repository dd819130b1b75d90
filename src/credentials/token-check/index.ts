export { openTokenCheck } from './open-token-check.ts';
export type { TokenCheck, TokenCheckOptions, TokenCheckOutcome } from './token-check.ts';
export type { VerifiedToken } from './token-memory.ts';
