import type { TokenCheck, TokenCheckOptions } from './token-check.ts';

/** What verifies is loaded by those alone who have tokens verified. */
export async function openTokenCheck(options: TokenCheckOptions): Promise<TokenCheck> {
  const { TokenCheck } = await import('./token-check.ts');
  return new TokenCheck(options);
}
