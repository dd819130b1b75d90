import { hash } from 'node:crypto';
import type { Identity, RoleSession } from '../config/index.ts';
import type { IdentityAbout } from './cached-identity.ts';
import { chooseRole } from './choose-role.ts';
import type { Claims } from './claims.ts';
import { isConstant, type SessionRequest, sessionRequest, type TemplateValues } from './role-session.ts';

/** The hops to an identity's credentials, each with what its credentials are kept under (less the token's hash). */
export interface IdentityPlan {
  readonly hops: readonly SessionHop[];
  /** What the workload's own credentials are kept under, from which its hops begin. */
  readonly workloadKey: string;
  /** Of an identity whose sessions differ from request to request: what their number is bounded by. */
  readonly variesOf?: string;
}

export interface SessionHop {
  readonly key: string;
  readonly session: SessionRequest;
  /** Whose credentials it yields, for people. */
  readonly about: IdentityAbout;
}

/** What of a request decides its sessions. */
export interface PlanValues extends TemplateValues {
  /** Told of a role that the claims chose; may throw. */
  readonly onRoleChosen?: ((arn: string) => void) | undefined;
}

/** Plans identities; one that is the same for every request is planned once. */
export class IdentityPlanner {
  readonly #constant = new WeakMap<Identity, IdentityPlan>();

  /** @throws CredentialsError SIGV4_NO_ROLE_MAPPING, SIGV4_CLAIM_UNUSABLE; ConfigError */
  plan(identity: Identity, values: () => PlanValues): IdentityPlan {
    const known = this.#constant.get(identity);
    if (known !== undefined) return known;
    if (isConstantIdentity(identity)) {
      const plan = { hops: hopsOf(identity, {}), workloadKey: workloadKey(identity) };
      this.#constant.set(identity, plan);
      return plan;
    }
    const hops = hopsOf(identity, values());
    return { hops, workloadKey: workloadKey(identity), variesOf: identityPrefix(identity) };
  }

  /** The key of the last hop, where the identity is the same for every request and was planned before. */
  constantKey(identity: Identity): string | undefined {
    return this.#constant.get(identity)?.hops.at(-1)?.key;
  }
}

function isConstantIdentity({ role, chain }: Identity): boolean {
  if (role !== undefined && 'mappings' in role) return false;
  return [role, ...chain].every((session) => session === undefined || isConstant(session));
}

function hopsOf(identity: Identity, values: PlanValues): SessionHop[] {
  const first = firstSession(identity, values);
  const { source, sts } = identity;
  let key = identityPrefix(identity);
  return [...(first ? [first] : []), ...identity.chain].map((session) => {
    const request = sessionRequest(session, values);
    // Hops are kept by all that led to them, so that a chain shares its beginning with others; hashed, as keys are many.
    key = hash('sha256', `${key}\0${JSON.stringify(request)}`, 'base64url');
    const { arn: role, sessionName } = request;
    return { key, session: request, about: { source, region: sts.region, role, sessionName } };
  });
}

function firstSession({ role }: Identity, { claims = NO_CLAIMS, onRoleChosen }: PlanValues): RoleSession | undefined {
  if (role === undefined || !('mappings' in role)) return role;
  const { mappings, ...session } = role;
  const arn = chooseRole(mappings, claims);
  onRoleChosen?.(arn);
  return { arn, ...session };
}

const NO_CLAIMS: Claims = {};

function identityPrefix(identity: Identity): string {
  const { source, sts } = identity;
  return source === 'caller'
    ? JSON.stringify([source, identity.cacheScope, sts])
    : JSON.stringify([source, sts, identity.profile ?? null]);
}

/** The workload's own credentials, whatever role they are used for. */
function workloadKey(identity: Identity): string {
  const profile = identity.source === 'workload' ? identity.profile : undefined;
  return JSON.stringify(['chain', identity.sts.region, profile ?? null]);
}
