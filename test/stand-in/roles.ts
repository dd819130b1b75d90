import { createHash } from 'node:crypto';
import type { Principal } from './credential-store.ts';

export interface Trust {
  /** Federation by one OIDC provider; `subjects` may hold `*`, absent means any. */
  webIdentity?: { issuer: string; audience: string; subjects?: string[] };
  /** ARNs of users, roles, assumed-role sessions, or `arn:aws:iam::ACCOUNT:root` for all of an account. */
  principals?: string[];
  /** `sts:ExternalId` that AssumeRole must send. */
  externalId?: string;
  /** Whether it allows sts:TagSession, which a caller whose own session has transitive tags needs. */
  tagSession?: boolean;
}

export interface Role {
  arn: string;
  trust: Trust;
  /** Seconds; default 3600, as IAM's. */
  maxSessionDuration?: number;
}

export const DEFAULT_MAX_SESSION_SECONDS = 3600;

interface ArnParts {
  partition: string;
  account: string;
  name: string;
}

function parseRoleArn(arn: string): ArnParts {
  const [, partition, account, path] = /^arn:([^:]+):iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  if (!partition || !account || !path) throw new Error(`not a role ARN: ${arn}`);
  return { partition, account, name: path.slice(path.lastIndexOf('/') + 1) };
}

/** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`: the role's path is left out, as AWS does. */
export function sessionArn(roleArn: string, sessionName: string): string {
  const { partition, account, name } = parseRoleArn(roleArn);
  return `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`;
}

/** The `AROA…` id of a role: made up, but the same each time. */
export function roleId(roleArn: string): string {
  return `AROA${createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase()}`;
}

/** The ARN of the account's OIDC provider for an issuer, as STS gives it in `Provider`. */
export function providerArn(roleArn: string, issuer: string): string {
  const { partition, account } = parseRoleArn(roleArn);
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace(/^https?:\/\//, '')}`;
}

function globMatches(pattern: string, text: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 's').test(text);
}

export function trustsSubject(role: Role, issuer: string, audience: string, subject: string): boolean {
  const { webIdentity } = role.trust;
  if (!webIdentity || webIdentity.issuer !== issuer || webIdentity.audience !== audience) return false;
  return webIdentity.subjects?.some((pattern) => globMatches(pattern, subject)) ?? true;
}

export function trustsPrincipal(role: Role, caller: Principal, externalId: string | undefined): boolean {
  const { principals = [], externalId: expected } = role.trust;
  if (expected !== undefined && expected !== externalId) return false;
  const account = caller.arn.split(':')[4];
  return principals.some((arn) => {
    if (arn === caller.arn || arn === caller.roleArn) return true;
    return arn.endsWith(':root') && arn.split(':')[4] === account;
  });
}
