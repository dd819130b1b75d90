import { matchesGlob, type RoleMapping } from '../config/index.ts';
import { CredentialsError } from '../errors/index.ts';
import { type Claims, claimTexts } from './claims.ts';

/**
 * The role of the first mapping that a token's claims match.
 * @throws CredentialsError SIGV4_NO_ROLE_MAPPING
 */
export function chooseRole(mappings: readonly RoleMapping[], claims: Claims): string {
  const chosen = mappings.find(({ claim, equals, matches = '' }) =>
    claimTexts(claims, claim).some((text) => (equals === undefined ? matchesGlob(matches, text) : text === equals)),
  );
  if (chosen) return chosen.roleArn;
  throw new CredentialsError('SIGV4_NO_ROLE_MAPPING', "no role is meant for the token's claims");
}
