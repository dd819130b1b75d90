import type { SigningConfig } from '../../config/index.ts';
import type { Cluster } from '../model/traffic.ts';
import type { Way } from '../subject/judge.ts';
import type { Subject } from '../subject/subject.ts';
import type { Rule } from './rule.ts';
import { signing } from './signed-parts.ts';

/** Ways to clusters whose transport is known. */
function* toClusters({ ways }: Subject): Generator<Way & { config: SigningConfig; cluster: Cluster }> {
  for (const way of signing(ways)) if (way.cluster?.transportIsKnown) yield { ...way, cluster: way.cluster };
}

export const schemeWithoutTls: Rule = {
  id: 'cluster/https-without-tls',
  severity: 'error',
  title:
    'The route says override_target_protocol: https, but its cluster has no TLS: Envoy picks TLS by the cluster alone, and sends signature and session token in the clear.',
  fix: 'Add a transport_socket with UpstreamTlsContext to the cluster, or lead the route to one that has it.',
  *check(subject) {
    for (const { route, config, cluster } of toClusters(subject)) {
      if (config.scheme !== 'https' || cluster.tls) continue;
      yield { at: cluster.at, message: `${route.label} is for https, and the cluster "${cluster.name}" has no TLS` };
    }
  },
};

export const schemeOverTls: Rule = {
  id: 'cluster/http-over-tls',
  severity: 'warning',
  title: 'The route says override_target_protocol: http, but its cluster has TLS, which decides.',
  fix: 'Set override_target_protocol: https, or lead the route to a cluster without TLS.',
  *check(subject) {
    for (const { route, config, cluster } of toClusters(subject)) {
      if (config.scheme !== 'http' || !cluster.tls) continue;
      yield { at: cluster.at, message: `${route.label} is for http, and the cluster "${cluster.name}" has TLS` };
    }
  },
};

export const plainToHttpsPort: Rule = {
  id: 'cluster/no-tls',
  severity: 'error',
  title:
    'The cluster connects to port 443 without TLS: AWS does not answer, and the request stands readable on the wire.',
  fix: 'Add a transport_socket with UpstreamTlsContext: sni, auto_sni_san_validation: true and a trusted_ca.',
  *check(subject) {
    for (const { route, config, cluster } of toClusters(subject)) {
      if (cluster.tls || config.scheme !== undefined || !cluster.endpoints.some(({ port }) => port === 443)) continue;
      yield { at: cluster.at, message: `${route.label}: the cluster "${cluster.name}" has no TLS to port 443` };
    }
  },
};

export const tlsWithoutSni: Rule = {
  id: 'cluster/no-sni',
  severity: 'error',
  title: 'TLS to AWS without a server name: AWS ends the handshake, or answers with the certificate of something else.',
  fix: "Set sni to the target's host (auto_sni: true for a dynamic forward proxy).",
  *check(subject) {
    for (const { route, cluster } of toClusters(subject)) {
      if (!cluster.tls || cluster.tls.names) continue;
      yield { at: cluster.tls.at, message: `${route.label}: the cluster "${cluster.name}" sends no SNI` };
    }
  },
};

export const tlsUnverified: Rule = {
  id: 'cluster/tls-unverified',
  severity: 'error',
  title:
    'TLS to AWS without a trusted authority: Envoy takes any certificate, and whoever stands between gets bodies and session tokens.',
  fix: 'Set common_tls_context.validation_context.trusted_ca to the bundle of the system, and auto_sni_san_validation: true.',
  *check(subject) {
    for (const { route, cluster } of toClusters(subject)) {
      if (!cluster.tls || cluster.tls.trusts) continue;
      yield { at: cluster.tls.at, message: `${route.label}: the cluster "${cluster.name}" verifies no certificate` };
    }
  },
};

export const tlsNameUnchecked: Rule = {
  id: 'cluster/tls-name-unchecked',
  severity: 'warning',
  title: 'TLS to AWS takes a certificate for any name, of every authority that is trusted.',
  fix: 'Set auto_sni_san_validation: true, or match_typed_subject_alt_names.',
  *check(subject) {
    for (const { route, cluster } of toClusters(subject)) {
      if (!cluster.tls?.trusts || cluster.tls.checksName) continue;
      yield {
        at: cluster.tls.at,
        message: `${route.label}: the cluster "${cluster.name}" does not check the certificate's name`,
      };
    }
  },
};
