import { withoutDefaultPort } from '../../signing/index.ts';
import type { Rewrite } from '../model/traffic.ts';
import type { Subject } from '../subject/subject.ts';
import type { Hit, Rule } from './rule.ts';
import { signedAuthority, signing } from './signed-parts.ts';

const same = (a: string, b: string) => withoutDefaultPort(a).toLowerCase() === withoutDefaultPort(b).toLowerCase();

/** Rewrites that come behind the signer, and do not end in what it signed. */
function* behindSigner(
  { ways }: Subject,
  wanted: (rewrite: Rewrite) => boolean,
): Generator<Hit & { rewrite: Rewrite }> {
  for (const { route, signer, cluster, config, expectsPathRewrite } of signing(ways)) {
    const signed = signedAuthority(config);
    for (const rewrite of route.rewrites.filter(wanted)) {
      if (signer.placement === 'upstream' && !rewrite.atEndpoint) continue;
      if (rewrite.of === 'path' && expectsPathRewrite) continue;
      const to = rewrite.to ?? (rewrite.atEndpoint ? onlyHost(cluster?.endpoints ?? []) : undefined);
      if (rewrite.of === 'host' && signed !== undefined && to !== undefined && same(signed, to)) continue;
      // What sign_host names is for the author of the rewrite to keep equal, where it cannot be read here.
      if (config.target.kind === 'sign-host' && to === undefined && rewrite.of === 'host') continue;
      const what = rewrite.of === 'host' ? 'host' : 'path';
      yield {
        rewrite,
        at: rewrite.at,
        message: `${route.label}: ${rewrite.by} changes the ${what} behind the signer (${signer.filterName}), so AWS sees another ${what} than the signed one`,
      };
    }
  }
}

function onlyHost(endpoints: readonly { host: string }[]): string | undefined {
  const [first, ...others] = new Set(endpoints.map(({ host }) => host));
  return others.length === 0 ? first : undefined;
}

export const pathRewriteAfterSigning: Rule = {
  id: 'envoy/path-rewrite-after-signing',
  severity: 'error',
  title: 'The router rewrites the path behind a downstream signer: AWS answers that the signature does not match.',
  fix: "Move the signer into the cluster's http_filters (envoy/upstream-filter.yaml), which see the final path; or let the client ask for the path that AWS has.",
  check: (subject) => behindSigner(subject, ({ of }) => of === 'path'),
};

export const hostRewriteAfterSigning: Rule = {
  id: 'envoy/host-rewrite-after-signing',
  severity: 'error',
  title: 'The router rewrites the host behind a downstream signer: AWS answers that the signature does not match.',
  fix: 'Take the rewrite out and set override_target_host; or keep it and set sign_host to the host that it makes.',
  check: (subject) => behindSigner(subject, ({ of, atEndpoint }) => of === 'host' && !atEndpoint),
};

export const autoHostRewrite: Rule = {
  id: 'envoy/auto-host-rewrite',
  severity: 'error',
  title: "auto_host_rewrite sets the endpoint's name as host behind every signer, upstream filters included.",
  fix: 'Take auto_host_rewrite out and set override_target_host; or set sign_host to the name of the endpoint.',
  check: (subject) => behindSigner(subject, ({ atEndpoint }) => atEndpoint === true),
};
