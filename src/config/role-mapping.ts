import { z } from 'zod';
import { roleArn } from './session-fields.ts';

/** An entry of the server file's `role_mappings`: a role for callers whose token makes a claim. */
export interface RoleMapping {
  readonly claim: string;
  /** Compared with the claim's text, or with each text of a list. */
  readonly equals?: string;
  /** A glob, in which `*` stands for any characters; case matters. */
  readonly matches?: string;
  readonly roleArn: string;
}

export const roleMappingsSchema = z.array(
  z
    .strictObject({
      claim: z.string().min(1),
      equals: z.string().optional(),
      matches: z.string().min(1).optional(),
      role_arn: roleArn,
    })
    .refine(({ equals, matches }) => (equals === undefined) !== (matches === undefined), {
      message: 'needs one of equals and matches',
    })
    .transform(
      ({ claim, equals, matches, role_arn }): RoleMapping => ({
        claim,
        ...(equals !== undefined && { equals }),
        ...(matches !== undefined && { matches }),
        roleArn: role_arn,
      }),
    ),
);
