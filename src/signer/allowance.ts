import { type AllowRule, matchesGlob, matchesHostGlob, type SigningConfig } from '../config/index.ts';
import { ConfigError } from '../errors/index.ts';
import { withoutDefaultPort } from '../signing/index.ts';

/** The Envoy that asks. */
export interface Peer {
  /** The subject alternative names of its certificate; none without mTLS. */
  readonly names: readonly string[];
}

export const UNNAMED_PEER: Peer = { names: [] };

/** Holds what routes ask for against the server file's `allow`. */
export class Allowance {
  readonly #rules: readonly AllowRule[] | undefined;
  /** The rules that permit all of a config but its host, by config and peer. */
  readonly #permitting = new WeakMap<SigningConfig, Map<string, readonly AllowRule[]>>();

  /** @param rules none: whatever a route asks for is permitted */
  constructor(rules: readonly AllowRule[] | undefined) {
    this.#rules = rules;
  }

  /**
   * @param authority as it will be signed
   * @param mappedRole the role that only the token's claims chose, once it is known
   * @throws ConfigError SIGV4_NOT_ALLOWED
   */
  require(config: SigningConfig, peer: Peer, authority: string, mappedRole?: string): void {
    if (this.#rules === undefined) return;
    const host = withoutDefaultPort(authority);
    const permitted = this.#rulesFor(config, peer).some(
      ({ hosts, roles }) => some(hosts, host, matchesHostGlob) && (mappedRole === undefined || some(roles, mappedRole)),
    );
    if (!permitted) {
      throw new ConfigError('SIGV4_NOT_ALLOWED', "the server's file does not allow what the route asks for");
    }
  }

  #rulesFor(config: SigningConfig, peer: Peer): readonly AllowRule[] {
    let byPeer = this.#permitting.get(config);
    if (byPeer === undefined) {
      byPeer = new Map();
      this.#permitting.set(config, byPeer);
    }
    const name = peer.names.join('\0');
    let rules = byPeer.get(name);
    if (rules === undefined) {
      rules = (this.#rules ?? []).filter((rule) => permits(rule, config, peer));
      if (byPeer.size < PEERS_KEPT) byPeer.set(name, rules);
    }
    return rules;
  }
}

const PEERS_KEPT = 1_000;

function permits(rule: AllowRule, config: SigningConfig, peer: Peer): boolean {
  const { url } = config.identity.sts;
  return (
    (rule.peers === undefined || peer.names.some((name) => some(rule.peers, name))) &&
    some(rule.services, config.service) &&
    config.region.split(',').every((region) => some(rule.regions, region)) &&
    rolesOf(config).every((role) => some(rule.roles, role)) &&
    (url === undefined || some(rule.stsEndpoints, url))
  );
}

/** All that a config may assume, as far as it is known without a token. */
function rolesOf({ identity }: SigningConfig): string[] {
  const { role, chain } = identity;
  const arns = [role, ...chain].flatMap((session) => (session !== undefined && 'arn' in session ? [session.arn] : []));
  if (identity.source === 'caller' || arns.length > 0) return arns;
  return [identity.profile === undefined ? 'workload' : `workload:${identity.profile}`];
}

function some(globs: readonly string[] | undefined, text: string, matches = matchesGlob): boolean {
  return globs === undefined || globs.some((glob) => matches(glob, text));
}
