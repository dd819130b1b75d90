export { TokenCheck, type TokenCheckOptions, type TokenCheckOutcome } from './token-check.ts';
export type { VerifiedToken } from './token-memory.ts';
