import type { ConfigNode } from '../source/index.ts';

/** Which headers Envoy lets an ext_proc server write. */
export interface MutationRules {
  /** Where they are set, or would be. */
  readonly at: ConfigNode;
  readonly isSet: boolean;
  /** Whether they can be set at all: some gateways keep Envoy's defaults. */
  readonly canBeSet: boolean;
  /** Allows more than a signer needs. */
  readonly isWide: boolean;
  /** A refused change fails the request, where otherwise it is dropped in silence. */
  readonly refusalIsError: boolean;
  /** undefined where an expression of the rules is not understood here. */
  readonly allows: (header: string) => boolean | undefined;
}

const ROUTING_HEADERS = new Set(['host', ':authority', ':scheme', ':method']);

/**
 * Reads config.common.mutation_rules.v3.HeaderMutationRules.
 * @param rules undefined where they are not set, which is Envoy's default: all but routing headers and x-envoy-*
 * @param holder where they would be set
 */
export function mutationRules(rules: ConfigNode | undefined, holder: ConfigNode, canBeSet = true): MutationRules {
  const flag = (name: string) => rules?.get(name)?.flag === true;
  const allowed = expression(rules?.at('allow_expression', 'regex')?.text);
  const disallowed = expression(rules?.at('disallow_expression', 'regex')?.text);
  const restricted = flag('disallow_all');
  return {
    at: rules ?? holder,
    isSet: rules !== undefined,
    canBeSet,
    isWide: !restricted && (flag('allow_all_routing') || flag('allow_envoy')),
    refusalIsError: flag('disallow_is_error'),
    // Seen on Envoy 1.40: expressions match the whole name; one that disallows goes first, one that allows next.
    allows: (header) => {
      if (disallowed === 'unknown' || allowed === 'unknown') return undefined;
      if (disallowed?.test(header)) return false;
      if (allowed?.test(header)) return true;
      if (restricted) return false;
      if (flag('disallow_system') && header.startsWith(':')) return false;
      if (ROUTING_HEADERS.has(header)) return flag('allow_all_routing');
      return !header.startsWith('x-envoy-') || flag('allow_envoy');
    },
  };
}

/** RE2's syntax is JavaScript's but for a few forms that header names have no need of. */
function expression(regex: string | undefined): RegExp | 'unknown' | undefined {
  if (regex === undefined) return undefined;
  const [, flags = '', body = ''] = /^(?:\(\?([is]+)\))?(.*)$/s.exec(regex) ?? [];
  if (/\[\[:|\\[AzQpPC]/.test(body)) return 'unknown';
  try {
    return new RegExp(`^(?:${body})$`, flags);
  } catch {
    return 'unknown';
  }
}
