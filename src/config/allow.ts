import { z } from 'zod';

const globs = z.array(z.string().min(1)).min(1);

/** One rule of the server file's `allow`: what routes may ask for; a list that is absent bounds nothing. */
export interface AllowRule {
  /** Subject alternative names of the Envoy's certificate. */
  readonly peers?: readonly string[];
  /** ARNs; the workload's own credentials, without a role, are `workload`, or `workload:NAME` with a profile. */
  readonly roles?: readonly string[];
  readonly services?: readonly string[];
  readonly regions?: readonly string[];
  readonly hosts?: readonly string[];
  /** URLs that a config names as `aws_sts_endpoint`; where it names none, nothing is compared. */
  readonly stsEndpoints?: readonly string[];
}

export const allowSchema = z.array(
  z
    .strictObject({
      peers: globs.optional(),
      roles: globs.optional(),
      services: globs.optional(),
      regions: globs.optional(),
      hosts: globs.optional(),
      sts_endpoints: globs.optional(),
    })
    .transform(({ sts_endpoints, ...lists }) => {
      const rule = { ...lists, ...(sts_endpoints && { stsEndpoints: sts_endpoints }) };
      return rule as AllowRule;
    }),
);
