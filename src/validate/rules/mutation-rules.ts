import type { Rule } from './rule.ts';
import { signing, writtenHeaders } from './signed-parts.ts';

const TIGHT =
  'mutation_rules: {disallow_all: true, allow_expression: {regex: ":(path|authority|scheme)|(x-)?authorization|cookie|content-[a-z]+|x-amzn?-[!-~]*|retry-after|www-authenticate"}, disallow_is_error: true}';

export const mutationNotAllowed: Rule = {
  id: 'envoy/mutation-not-allowed',
  severity: 'error',
  title:
    "Envoy's mutation rules, or their absence, keep the signer from writing what it signs: AWS refuses the request.",
  fix: `Set ${TIGHT}, with the headers that the routes name added.`,
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      const { allows, at, isSet, canBeSet, refusalIsError } = signer.mutations;
      const refused = [...new Set(writtenHeaders(config))].filter((header) => allows(header) === false);
      if (refused.length === 0) continue;
      const then = refusalIsError ? 'the request fails with 500' : 'the change is dropped in silence';
      const why = isSet ? 'the mutation rules do not allow' : 'without mutation_rules Envoy does not allow';
      yield {
        at,
        message: `${route.label}: ${why} ${refused.join(', ')}, and ${then}`,
        ...(!canBeSet && {
          fix: 'This gateway has no setting for it: set sign_host instead of override_target_host, and let the gateway rewrite the host to the same name.',
        }),
      };
    }
  },
};

export const mutationRulesMissing: Rule = {
  id: 'envoy/mutation-rules-missing',
  severity: 'warning',
  title: 'The filter has no mutation_rules: routes with override_target_host, which are not at hand, will not work.',
  fix: `Set ${TIGHT}.`,
  *check({ signers, ways }) {
    for (const signer of signers) {
      const { isSet, canBeSet, at } = signer.mutations;
      if (isSet || !canBeSet) continue;
      // Where its routes are at hand, they say whether that matters.
      if (ways.some((way) => way.signer.at === signer.at)) continue;
      yield { at, message: `the signer (${signer.filterName}) may not write the authority: no mutation_rules` };
    }
  },
};

export const mutationRulesWide: Rule = {
  id: 'envoy/mutation-rules-wide',
  severity: 'warning',
  title: 'The mutation rules let whoever answers as the signer write any header of the request.',
  fix: `Set ${TIGHT}.`,
  *check({ signers }) {
    for (const { mutations, filterName } of signers) {
      if (!mutations.isWide) continue;
      yield { at: mutations.at, message: `the signer (${filterName}) may write more than it needs` };
    }
  },
};

export const mutationsSilent: Rule = {
  id: 'envoy/mutations-silent',
  severity: 'warning',
  title: 'Changes that the mutation rules refuse are dropped in silence: AWS refuses the request, and nobody says why.',
  fix: 'Add disallow_is_error: true to mutation_rules.',
  *check({ signers }) {
    for (const { mutations, filterName } of signers) {
      if (!mutations.isSet || mutations.isWide || mutations.refusalIsError) continue;
      yield { at: mutations.at, message: `refused changes of the signer (${filterName}) go unnoticed` };
    }
  },
};
