import type { Rule } from './rule.ts';
import { isS3, needsToken, signing } from './signed-parts.ts';

const MIB = 1_048_576;
const sized = (bytes: number) => (bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / 1024)} KiB`);

export const bufferLimit: Rule = {
  id: 'envoy/buffer-limit',
  severity: 'warning',
  title:
    "Bodies that have to be hashed are bounded by the listener's buffer limit (1 MiB by default; a cluster's limit does not count): above it Envoy answers 413.",
  fix: 'Set per_connection_buffer_limit_bytes on the listener to the largest body; in Envoy Gateway connection.bufferLimit of a ClientTrafficPolicy.',
  *check({ ways }) {
    for (const { route, signer, config, chain, cluster } of signing(ways)) {
      if (config.payload !== 'signed' || chain === undefined || signer.modes.requestBody.value !== 'BUFFERED') continue;
      const limit = Math.max(chain.bufferLimit.value, route.bufferLimit ?? 0);
      const wished = cluster?.bufferLimit;
      if (wished && wished.value > limit) {
        yield {
          at: wished.at,
          message: `${route.label}: the cluster's limit does not count for bodies that are signed; the listener's is ${sized(limit)}`,
        };
      } else if (limit < MIB) {
        yield { at: chain.bufferLimit.at, message: `${route.label}: bodies above ${sized(limit)} are answered 413` };
      }
    }
  },
};

export const pathNormalization: Rule = {
  id: 'envoy/path-normalization',
  severity: 'warning',
  title: 'Envoy tidies paths up in front of S3: a key that holds //, .. or an escaped slash names another object.',
  fix: 'Set normalize_path: false, merge_slashes: false and path_with_escaped_slashes_action: KEEP_UNCHANGED; in Envoy Gateway spec.path of a ClientTrafficPolicy.',
  *check({ ways }) {
    for (const { route, config, chain } of signing(ways)) {
      if (!isS3(config) || chain === undefined) continue;
      for (const at of Object.values(chain.paths)) {
        yield { at, message: `${route.label} leads to ${config.service}, whose keys may hold what is changed here` };
      }
    }
  },
};

export const messageTimeout: Rule = {
  id: 'envoy/message-timeout',
  severity: 'warning',
  title:
    'Envoy gives the signer less time than an exchange with STS may take (200 ms by default): first requests are answered 504.',
  fix: "Set message_timeout: 5s (above the server's sts_timeout, 3 s by default), or max_message_timeout: 10s, up to which the signer asks for more time by itself.",
  *check({ signers, stsTimeoutMs }) {
    for (const { timeout, maxTimeout, filterName, modes, door } of signers) {
      if (door === 'ext_proc' && modes.requestBody.value === 'FULL_DUPLEX_STREAMED') continue;
      if (timeout.value === 0 && door === 'ext_authz') continue;
      if (Math.max(timeout.value, maxTimeout) >= stsTimeoutMs) continue;
      const which = timeout.isSet ? '' : ' by default';
      yield {
        at: timeout.at,
        message: `Envoy waits ${timeout.value} ms${which} for the signer (${filterName}), and STS may take ${stsTimeoutMs} ms`,
      };
    }
  },
};

export const routeCache: Rule = {
  id: 'envoy/route-cache-cleared',
  severity: 'error',
  title:
    'The route is chosen anew after the signer has set the authority: mostly there is none for it, and Envoy answers 404.',
  fix: 'Take route_cache_action: CLEAR (ext_authz: clear_route_cache) out.',
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      if (!signer.clearsRouteCache || config.target.kind !== 'override') continue;
      if (route.domains?.includes('*')) {
        // Seen on Envoy 1.40: where one virtual host takes every domain, the same route is found again.
        continue;
      }
      yield {
        at: signer.clearsRouteCache,
        message: `${route.label}: no virtual host need be there for the authority that the signer sets`,
      };
    }
  },
};

export const repeatedRequest: Rule = {
  id: 'envoy/repeated-request',
  severity: 'error',
  title:
    'Retries or hedging around an upstream signer: the second attempt has no token any more (401), or a body that is framed already.',
  fix: "Put the signer of caller and streaming routes into the listener's http_filters, or take the retry policy off the route.",
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      if (signer.placement !== 'upstream' || route.repeats === undefined) continue;
      if (!needsToken(config) && config.payload !== 'streaming') continue;
      const what = needsToken(config) ? "a config that needs the caller's token" : 'payload: streaming';
      yield { at: route.repeats, message: `${route.label} is sent more than once, with ${what} in an upstream filter` };
    }
  },
};
