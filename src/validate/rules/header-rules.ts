import { isDisabled, readMutations, typedConfig } from '../envoy/index.ts';
import type { HeaderEdit, HttpFilter } from '../model/traffic.ts';
import type { Way } from '../subject/judge.ts';
import type { Rule } from './rule.ts';
import { isSigned, signing } from './signed-parts.ts';

/** The filters behind the signer that a route's requests still pass. */
export function filtersBehind({ chain, cluster, signer, route }: Way): HttpFilter[] {
  const position = ({ at }: HttpFilter) => at.path === signer.at.path && at.file === signer.at.file;
  const upstream = cluster && cluster.filters.length > 0 ? cluster.filters : (chain?.upstreamFilters ?? []);
  const inChain = chain?.filters ?? [];
  const behind =
    signer.placement === 'upstream'
      ? upstream.slice(upstream.findIndex(position) + 1)
      : [...inChain.slice(inChain.findIndex(position) + 1), ...upstream];
  return behind.filter(({ disabled, name }) => {
    const perRoute = route.filterConfig(name);
    return perRoute ? !isDisabled(perRoute) : !disabled;
  });
}

function editsBehind(way: Way): HeaderEdit[] {
  const byRouter = way.signer.placement === 'downstream' ? way.route.edits : [];
  const byFilters = filtersBehind(way)
    .filter(({ kind }) => kind === 'header_mutation')
    .flatMap(({ name, config }) => [
      ...readMutations(config),
      ...readMutations(typedConfig(way.route.filterConfig(name))?.fields),
    ]);
  return [...byRouter, ...byFilters];
}

export const signedHeaderEdited: Rule = {
  id: 'envoy/signed-header-edited',
  severity: 'error',
  title: 'A header that the signature covers, or the signature itself, is changed behind the signer.',
  fix: 'Change the header ahead of the signer: with a header_mutation filter above it, or with the signer as an upstream filter.',
  *check({ ways }) {
    for (const way of signing(ways)) {
      for (const { header, action, at } of editsBehind(way)) {
        if (!isSigned(way.config, header)) continue;
        // Where it is absent it is not signed, and AWS takes unsigned headers but for x-amz-*.
        if (action === 'add if absent' && !header.startsWith('x-amz-')) continue;
        const verb = action === 'remove' ? 'removed' : 'written';
        yield {
          at,
          message: `${way.route.label}: ${header} is ${verb} behind the signer, and the signature covers it`,
        };
      }
    }
  },
};
