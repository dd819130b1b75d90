import type { SigningTask } from './signer.ts';

/** The role whose credentials sign: the last of the chain; undefined where the workload signs as itself. */
export function roleOf({ config: { identity }, mappedRole }: SigningTask): string | undefined {
  const { role, chain } = identity;
  const first = role && ('arn' in role ? role.arn : mappedRole);
  return chain.at(-1)?.arn ?? first;
}
