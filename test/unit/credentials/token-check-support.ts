import { type TokenIssuer, tokenCheckSchema } from '../../../src/config/token-check-schema.ts';
import { tokenHash } from '../../../src/credentials/bearer-token.ts';
import { Clock } from '../../../src/credentials/clock.ts';
import type {
  TokenCheckOptions,
  TokenCheckOutcome,
  VerifiedToken,
} from '../../../src/credentials/token-check/index.ts';
import { TokenCheck } from '../../../src/credentials/token-check/token-check.ts';
import { asSignerError } from '../../../src/errors/index.ts';

export const ISSUER = 'https://idp.example.com/';
export const AUDIENCE = 'sts.amazonaws.com';

/** One issuer as the server's file would give it. */
export function issuer(fields: Record<string, unknown>): TokenIssuer {
  const section = { issuers: [{ issuer: ISSUER, audiences: [AUDIENCE], ...fields }] };
  const [parsed] = tokenCheckSchema.parse(section).issuers;
  if (parsed === undefined) throw new Error('no issuer');
  return parsed;
}

/** Claims that every issuer of these tests accepts for the next ten minutes. */
export function claims(more: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return { iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 600, ...more };
}

export interface Checked {
  check: TokenCheck;
  outcomes: TokenCheckOutcome[];
  /** `read` or `failed`, for each reading of keys. */
  readings: string[];
  verify(token: string): Promise<VerifiedToken>;
  /** `verified`, or the refusal's code. */
  verdict(token: string | Promise<string>): Promise<string>;
}

export function tokenCheck(issuers: readonly TokenIssuer[], more: Partial<TokenCheckOptions> = {}): Checked {
  const outcomes: TokenCheckOutcome[] = [];
  const readings: string[] = [];
  const check = new TokenCheck({
    issuers,
    clock: new Clock(),
    observe: (outcome) => outcomes.push(outcome),
    observeKeys: (_issuer, error) => readings.push(error === undefined ? 'read' : 'failed'),
    timeoutMs: 2_000,
    ...more,
  });
  const verify = async (token: string) => check.verify(token, tokenHash(token));
  const verdict = async (token: string | Promise<string>) =>
    await verify(await token).then(
      () => 'verified',
      (error: unknown) => asSignerError(error).code,
    );
  return { check, outcomes, readings, verify, verdict };
}

/** Waits for what a background reading does; unlike `vi.waitFor` it leaves a fake clock where it is. */
export async function eventually(check: () => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return check();
    } catch (error) {
      if (tries === 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
