import type { Signer } from '../model/signer.ts';
import type { Cluster } from '../model/traffic.ts';
import type { Subject } from '../subject/subject.ts';
import type { Rule } from './rule.ts';

/** Clusters that lead to a signer. */
function* signerClusters({ signers, clusters }: Subject): Generator<{ cluster: Cluster; signer: Signer }> {
  for (const signer of signers) {
    const cluster = clusters.get(signer.cluster?.value ?? '');
    if (cluster) yield { cluster, signer };
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/;
/** What HTTP/2 servers take in :authority. */
const AUTHORITY = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]%]+$/;

export const signerClusterUnknown: Rule = {
  id: 'cluster/signer-unknown',
  severity: 'error',
  title:
    'The filter names a cluster that is not there: each request is answered 500, or leaves unsigned where the filter fails open.',
  fix: 'Add the cluster, or mend its name in grpc_service.envoy_grpc.cluster_name.',
  *check({ traffic, signers, clusters }) {
    if (!traffic.isComplete) return;
    for (const { cluster, filterName } of signers) {
      if (cluster === undefined || clusters.has(cluster.value)) continue;
      yield { at: cluster.at, message: `the signer's cluster "${cluster.value}" (${filterName}) is not defined` };
    }
  },
};

export const signerClusterName: Rule = {
  id: 'cluster/signer-name',
  severity: 'error',
  title:
    "The cluster's name becomes the gRPC call's :authority, and a blank, a bar or a slash in it makes the call invalid: each request is answered 500.",
  fix: 'Set grpc_service.envoy_grpc.authority, such as authority: sigv4-extproc.',
  *check({ signers }) {
    for (const { cluster, authority } of signers) {
      const name = authority ?? cluster?.value;
      if (cluster === undefined || name === undefined || AUTHORITY.test(name)) continue;
      yield { at: cluster.at, message: 'the name of the cluster is no valid authority for the gRPC call' };
    }
  },
};

export const signerHttp2: Rule = {
  id: 'cluster/signer-http2',
  severity: 'error',
  title: "The signer's cluster does not speak HTTP/2, which gRPC needs: each request is answered 500.",
  fix: 'Set typed_extension_protocol_options with explicit_http_config: {http2_protocol_options: {}} on the cluster.',
  *check(subject) {
    for (const { cluster } of signerClusters(subject)) {
      if (!cluster.http2)
        yield { at: cluster.at, message: `the cluster "${cluster.name}" speaks HTTP/1.1 to the signer` };
    }
  },
};

export const signerHealthCheck: Rule = {
  id: 'cluster/signer-health-check',
  severity: 'warning',
  title: "The signer's cluster has no health checks: Envoy goes on asking a signer that is draining or gone.",
  fix: 'Add health_checks with grpc_health_check: {service_name: envoy.service.ext_proc.v3.ExternalProcessor}.',
  *check(subject) {
    for (const { cluster } of signerClusters(subject)) {
      if (cluster.isHealthChecked) continue;
      yield { at: cluster.at, message: `the cluster "${cluster.name}" has no health_checks` };
    }
  },
};

export const signerCircuitBreaker: Rule = {
  id: 'cluster/signer-circuit-breaker',
  severity: 'warning',
  title:
    'Every request under way holds a stream to the signer, and Envoy allows 1024 of them by default: what is above is answered 500.',
  fix: 'Set circuit_breakers: {thresholds: [{max_requests: 65536, max_pending_requests: 65536}]} on the cluster.',
  *check(subject) {
    for (const { cluster } of signerClusters(subject)) {
      const { value, at } = cluster.maxRequests;
      if (value > 1024) continue;
      yield { at, message: `the cluster "${cluster.name}" allows ${value} streams at a time` };
    }
  },
};

export const signerBeyondLoopback: Rule = {
  id: 'cluster/signer-in-the-clear',
  severity: 'warning',
  title:
    "Requests and callers' tokens go to the signer over the network without TLS; who reaches that port signs as any role.",
  fix: 'Run the signer beside its Envoy, on loopback or a unix socket; beyond that with mutual TLS.',
  *check(subject) {
    for (const { cluster } of signerClusters(subject)) {
      if (cluster.tls || !cluster.transportIsKnown) continue;
      const away = cluster.endpoints.some(({ host, isPipe }) => !isPipe && !LOOPBACK.test(host));
      if (away)
        yield {
          at: cluster.at,
          message: `the cluster "${cluster.name}" leads to the signer beyond loopback, without TLS`,
        };
    }
  },
};
