import type { SessionRequest } from './role-session.ts';

/**
 * The body of a request for AssumeRoleWithWebIdentity, form-encoded; ASCII.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function webIdentityForm(session: SessionRequest, token: string): string {
  const { arn, sessionName, durationSeconds, policy, policyArns = [] } = session;
  let form = `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=${encoded(arn)}`;
  form += `&RoleSessionName=${encoded(sessionName)}&WebIdentityToken=${encoded(token)}`;
  for (const [index, policyArn] of policyArns.entries()) {
    form += `&PolicyArns.member.${index + 1}.arn=${encoded(policyArn)}`;
  }
  if (policy !== undefined) form += `&Policy=${encoded(policy)}`;
  if (durationSeconds !== undefined) form += `&DurationSeconds=${durationSeconds}`;
  return form;
}

/** What `encodeURIComponent` leaves besides means the same in a form. */
const encoded = encodeURIComponent;
