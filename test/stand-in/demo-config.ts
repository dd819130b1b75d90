import type { User } from './credential-store.ts';
import type { Role } from './roles.ts';

/** Caller role: whoever has a token of the issuer for `sts.amazonaws.com`. */
export const ORDERS_CALLER_ROLE = 'arn:aws:iam::123456789012:role/orders-caller';
/** Workload role: for {@link DEMO_WORKLOAD} alone. */
export const REPORTS_WORKLOAD_ROLE = 'arn:aws:iam::123456789012:role/reports-workload';

/** The workload's own user, with the example keys of AWS's documentation. */
export const DEMO_WORKLOAD: User = {
  arn: 'arn:aws:iam::123456789012:user/workload',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** The roles of the demo, for an issuer's `iss`. */
export function demoRoles(issuer: string): Role[] {
  return [
    { arn: ORDERS_CALLER_ROLE, trust: { webIdentity: { issuer, audience: 'sts.amazonaws.com' } } },
    { arn: REPORTS_WORKLOAD_ROLE, trust: { principals: [DEMO_WORKLOAD.arn] } },
  ];
}
