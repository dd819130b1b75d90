import type { Role } from '../../../stand-in/index.ts';
import { API_ROLE, NAMESPACE, POD_ROLE, SERVICE_ACCOUNT } from './pod.ts';
import { policyStatement } from './terraform.ts';

/** The pod's role as deploy/eks/irsa makes it, for a cluster's issuer. */
export function irsaPodRole(issuer: string): Role {
  const host = issuer.replace(/^https?:\/\//, '');
  const { Action, Condition } = policyStatement('irsa', 'trust.json.tftpl', {
    oidc_provider_arn: `arn:aws:iam::111122223333:oidc-provider/${host}`,
    oidc_issuer: host,
    namespace: NAMESPACE,
    service_account: SERVICE_ACCOUNT,
  });
  const { [`${host}:sub`]: subject, [`${host}:aud`]: audience, ...others } = Condition?.StringEquals ?? {};
  if (Action !== 'sts:AssumeRoleWithWebIdentity' || !subject || !audience || Object.keys(others).length > 0) {
    throw new Error('not a trust policy for one service account');
  }
  return { arn: POD_ROLE, trust: { webIdentity: { issuer, audience, subjects: [subject] } } };
}

/** The other account's role as deploy/eks/api-account makes it. */
export function apiRole({ podIdentity }: { podIdentity: boolean }): Role {
  const actions = ['sts:AssumeRole', ...(podIdentity ? ['sts:TagSession'] : [])];
  const { Action, Principal } = policyStatement('api-account', 'trust.json.tftpl', {
    pod_role_arn: POD_ROLE,
    actions: JSON.stringify(actions),
  });
  const { AWS: principal } = Principal ?? {};
  if (!principal || !Action.includes('sts:AssumeRole')) throw new Error('not a trust policy for one role');
  return { arn: API_ROLE, trust: { principals: [principal], tagSession: Action.includes('sts:TagSession') } };
}
