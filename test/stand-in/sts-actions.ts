import type { CredentialStore, Principal } from './credential-store.ts';
import {
  DEFAULT_MAX_SESSION_SECONDS,
  providerArn,
  type Role,
  roleId,
  sessionArn,
  trustsPrincipal,
  trustsSubject,
} from './roles.ts';
import { formatTime, StsError, type Xml } from './sts-protocol.ts';
import { type Provider, verifyWebIdentity, type WebIdentity } from './web-identity.ts';

export interface StsContext {
  store: CredentialStore;
  roles: ReadonlyMap<string, Role>;
  /** Subjects for whom the identity provider says no: IDPRejectedClaim. */
  rejectedSubjects: ReadonlySet<string>;
  /** Base URLs by issuer, where a provider is not reached at its issuer URL. */
  providerUrls: Readonly<Record<string, string>>;
  /** Seconds that new sessions live whatever was asked for; undefined: as asked. */
  lifetimeSeconds: number | undefined;
  now: Date;
}

const MIN_SECONDS = 900;
const MAX_SECONDS = 43_200;
const CHAINED_MAX_SECONDS = 3600;

function invalidParameter(value: string, member: string, constraint: string): StsError {
  const text = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`;
  return new StsError('ValidationError', 400, text);
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw invalidParameter('null', name[0]?.toLowerCase() + name.slice(1), 'Member must not be null');
  return value;
}

function sessionName(parameters: URLSearchParams): string {
  const name = required(parameters, 'RoleSessionName');
  if (!/^[\w+=,.@-]*$/.test(name)) {
    const constraint = 'Member must satisfy regular expression pattern: [\\w+=,.@-]*';
    throw invalidParameter(name, 'roleSessionName', constraint);
  }
  if (name.length < 2) {
    throw invalidParameter(name, 'roleSessionName', 'Member must have length greater than or equal to 2');
  }
  if (name.length > 64) {
    throw invalidParameter(name, 'roleSessionName', 'Member must have length less than or equal to 64');
  }
  return name;
}

function duration(parameters: URLSearchParams): number {
  const text = parameters.get('DurationSeconds') ?? '3600';
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < MIN_SECONDS) {
    throw invalidParameter(text, 'durationSeconds', `Member must have value greater than or equal to ${MIN_SECONDS}`);
  }
  if (seconds > MAX_SECONDS) {
    throw invalidParameter(text, 'durationSeconds', `Member must have value less than or equal to ${MAX_SECONDS}`);
  }
  return seconds;
}

function checkRoleLimit(role: Role, seconds: number): void {
  if (seconds <= (role.maxSessionDuration ?? DEFAULT_MAX_SESSION_SECONDS)) return;
  const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
  throw new StsError('ValidationError', 400, message);
}

function checkPolicy(parameters: URLSearchParams): void {
  try {
    JSON.parse(parameters.get('Policy') ?? '{}');
  } catch {
    throw new StsError('MalformedPolicyDocument', 400, 'This policy contains invalid Json');
  }
}

type SessionPrincipal = Omit<Principal, 'accessKeyId'> & Required<Pick<Principal, 'roleArn' | 'sessionName'>>;

function startSession(context: StsContext, principal: SessionPrincipal, seconds: number): Record<string, Xml> {
  const lifetime = context.lifetimeSeconds ?? seconds;
  const expiration = new Date(Math.floor(context.now.getTime() / 1000 + lifetime) * 1000);
  const session = context.store.issueSession(principal, expiration);
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  return {
    AssumedRoleUser: {
      Arn: principal.arn,
      AssumedRoleId: `${roleId(principal.roleArn)}:${principal.sessionName}`,
    },
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: formatTime(expiration),
    },
    ...(principal.sourceIdentity && { SourceIdentity: principal.sourceIdentity }),
  };
}

function describe(role: Role, name: string, parameters: URLSearchParams): SessionPrincipal {
  const sourceIdentity = parameters.get('SourceIdentity');
  return {
    arn: sessionArn(role.arn, name),
    roleArn: role.arn,
    sessionName: name,
    ...(sourceIdentity && { sourceIdentity }),
  };
}

function knownProviders({ roles, providerUrls }: StsContext): Provider[] {
  const trusts = [...roles.values()].flatMap(({ trust }) => trust.webIdentity ?? []);
  return [...new Set(trusts.map(({ issuer }) => issuer))].map((issuer) => ({
    issuer,
    audiences: trusts.filter((trust) => trust.issuer === issuer).map(({ audience }) => audience),
    url: providerUrls[issuer] ?? issuer,
  }));
}

/** AssumeRoleWithWebIdentity: unsigned, proven by the token alone; `onVerified` hears whose it is, trusted or not. */
export async function assumeRoleWithWebIdentity(
  parameters: URLSearchParams,
  context: StsContext,
  onVerified: (identity: WebIdentity) => void,
): Promise<Xml> {
  const roleArn = required(parameters, 'RoleArn');
  const name = sessionName(parameters);
  const seconds = duration(parameters);
  checkPolicy(parameters);
  const token = required(parameters, 'WebIdentityToken');
  const identity = await verifyWebIdentity(token, knownProviders(context), context.now);
  onVerified(identity);
  const { issuer, subject, audience } = identity;
  if (context.rejectedSubjects.has(subject)) {
    throw new StsError('IDPRejectedClaim', 403, 'The identity provider reported that authentication failed.');
  }
  const role = context.roles.get(roleArn);
  if (!role || !trustsSubject(role, issuer, audience, subject)) {
    throw new StsError('AccessDenied', 403, 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  }
  checkRoleLimit(role, seconds);
  return {
    SubjectFromWebIdentityToken: subject,
    Audience: audience,
    Provider: providerArn(roleArn, issuer),
    ...startSession(context, { ...describe(role, name, parameters), subject }, seconds),
  };
}

/** AssumeRole for a caller whose signature has been verified. */
export function assumeRole(parameters: URLSearchParams, caller: Principal, context: StsContext): Xml {
  const roleArn = required(parameters, 'RoleArn');
  const name = sessionName(parameters);
  const seconds = duration(parameters);
  checkPolicy(parameters);
  const role = context.roles.get(roleArn);
  if (!role || !trustsPrincipal(role, caller, parameters.get('ExternalId') ?? undefined)) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new StsError('AccessDenied', 403, message);
  }
  const { transitiveTags } = caller;
  if (transitiveTags && !role.trust.tagSession) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:TagSession on resource: ${roleArn}`;
    throw new StsError('AccessDenied', 403, message);
  }
  if (caller.roleArn && seconds > CHAINED_MAX_SECONDS) {
    const message = 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining';
    throw new StsError('ValidationError', 400, message);
  }
  checkRoleLimit(role, seconds);
  const { subject } = caller;
  const inherited = { ...(subject && { subject }), ...(transitiveTags && { transitiveTags }) };
  return startSession(context, { ...describe(role, name, parameters), ...inherited }, seconds);
}

/** GetCallerIdentity for a caller whose signature has been verified. */
export function getCallerIdentity(caller: Principal): Xml {
  const userId = caller.roleArn ? `${roleId(caller.roleArn)}:${caller.sessionName}` : caller.accessKeyId;
  return { Arn: caller.arn, UserId: userId, Account: caller.arn.split(':')[4] ?? '' };
}
