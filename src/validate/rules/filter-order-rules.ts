import type { HttpFilter } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { filtersBehind } from './header-rules.ts';
import type { Rule } from './rule.ts';
import { signing } from './signed-parts.ts';

const BREAKS: Readonly<Record<string, string>> = {
  aws_request_signing: 'signs the request once more, with other credentials',
  aws_lambda: 'makes another request of it, and signs that',
  credential_injector: 'writes authorization, where the signature stands',
  oauth2: 'looks for its token where the signature stands, and may write authorization',
  basic_auth: 'looks for a password where the signature stands',
  jwt_authn: 'looks for the token where the signature stands',
  grpc_json_transcoder: 'writes another body and another path',
  grpc_http1_bridge: 'changes content-type and the body',
  grpc_http1_reverse_bridge: 'changes content-type and the body',
  grpc_web: 'changes content-type and the body',
  decompressor: 'unpacks the body that was hashed',
};

const MAY_BREAK: ReadonlySet<string> = new Set(['lua', 'wasm', 'golang', 'dynamic_modules', 'ext_proc', 'ext_authz']);

/** A jwt_authn filter that is told where its token is may be told of the kept copy. */
function looksElsewhere({ kind, config }: HttpFilter): boolean {
  if (kind !== 'jwt_authn') return false;
  const providers = config?.get('providers')?.entries() ?? [];
  return providers.every(([, one]) => ['from_headers', 'from_params', 'from_cookies'].some((field) => one.get(field)));
}

export const filterBreaksSignature: Rule = {
  id: 'envoy/filter-breaks-signature',
  severity: 'error',
  title: 'A filter behind the signer changes what was signed, or needs the token that the signature has replaced.',
  fix: 'Move that filter above the signer.',
  *check({ ways }) {
    for (const way of signing(ways)) {
      for (const filter of filtersBehind(way)) {
        const { kind, name, at } = filter;
        const how = BREAKS[kind];
        if (how === undefined || looksElsewhere(filter)) continue;
        yield { at, message: `${way.route.label}: the filter ${name} stands behind the signer and ${how}` };
      }
    }
  },
};

export const filterMayBreakSignature: Rule = {
  id: 'envoy/filter-may-break-signature',
  severity: 'warning',
  title: 'A filter behind the signer can change whatever it likes of a request that is signed already.',
  fix: 'Move that filter above the signer, unless it leaves path, host, body and signed headers alone.',
  *check({ ways, signers }) {
    const isSigner = ({ file, path }: ConfigNode) => signers.some(({ at }) => at.file === file && at.path === path);
    for (const way of signing(ways)) {
      for (const { kind, name, at } of filtersBehind(way)) {
        if (!MAY_BREAK.has(kind) || isSigner(at)) continue;
        yield { at, message: `the filter ${name} stands behind the signer (${way.signer.filterName})` };
      }
    }
  },
};

export const corsAfterSigner: Rule = {
  id: 'envoy/cors-after-signer',
  severity: 'warning',
  title:
    "The cors filter stands behind the signer: browsers' preflights carry no token, so that the signer refuses them.",
  fix: 'Move the cors filter above the signer.',
  *check({ ways }) {
    for (const way of ways) {
      for (const { kind, at } of filtersBehind(way)) {
        if (kind !== 'cors') continue;
        yield { at, message: 'the cors filter stands behind the signer, which meets preflights first' };
      }
    }
  },
};

export const dynamicForwardProxyFirst: Rule = {
  id: 'envoy/dynamic-forward-proxy-first',
  severity: 'warning',
  // Seen on Envoy 1.36 and 1.40.
  title:
    "The dynamic forward proxy looks the client's host up ahead of the signer that sets another: 503 where it does not resolve, and a DNS query for whatever clients name.",
  fix: 'Move the dynamic_forward_proxy filter behind the signer.',
  *check({ ways }) {
    for (const way of signing(ways)) {
      if (way.signer.placement !== 'downstream' || way.config.target.kind !== 'override') continue;
      const behind = filtersBehind(way);
      const ahead = way.chain?.filters.find(
        (filter) => filter.kind === 'dynamic_forward_proxy' && !behind.includes(filter),
      );
      if (ahead === undefined || !way.cluster?.isDynamicForwardProxy) continue;
      yield {
        at: ahead.at,
        message: `${way.route.label}: the client's host is resolved before the signer sets another`,
      };
    }
  },
};
