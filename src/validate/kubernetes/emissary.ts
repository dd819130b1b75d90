import { SIGNER_NAME, setting } from '../envoy/index.ts';
import type { HeaderEdit, Rewrite, Route, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { authzSigner, contextLayer } from './authz-signer.ts';
import type { Manifest, Resources } from './manifest.ts';

const EMISSARY = 'getambassador.io';
/** Emissary's own default, not Envoy's. */
const DEFAULT_TIMEOUT_MS = 5000;

/** Reads Emissary-ingress's resources: AuthService, Mapping. */
export function readEmissary(resources: Resources): Traffic {
  const routes = resources
    .of('Mapping', EMISSARY)
    .filter(({ spec }) => spec?.get('bypass_auth')?.flag !== true)
    .map(readMapping);
  const isUsed = routes.some(({ layers }) => layers.length > 0);
  const signers = resources.of('AuthService', EMISSARY).flatMap(({ at, name, spec }) => {
    if (spec === undefined || spec.get('proto')?.text !== 'grpc') return [];
    const isNamed = SIGNER_NAME.test(`${name} ${spec.get('auth_service')?.text ?? ''}`);
    if (!isNamed && !isUsed) return [];
    const body = spec.get('include_body');
    const maxBytes = body?.get('max_bytes')?.number;
    return [
      authzSigner({
        at: spec.get('auth_service') ?? at,
        name,
        failOpen: setting(spec, 'failure_mode_allow', (node) => node.flag, false),
        timeout: setting(spec, 'timeout_ms', (node) => node.number, DEFAULT_TIMEOUT_MS),
        ...(body && {
          checkBody: {
            at: body,
            partial: body.get('allow_partial')?.flag === true,
            asBytes: true,
            ...(maxBytes !== undefined && { maxBytes }),
          },
        }),
      }),
    ];
  });
  const pairs = signers.flatMap((signer) => routes.map((route) => ({ route, signer })));
  const looseRoutes = signers.length > 0 ? [] : routes;
  return { chains: [], clusters: [], isComplete: false, signers, pairs, looseRoutes };
}

function readMapping({ at, name, spec }: Manifest): Route {
  const hostname = spec?.get('hostname') ?? spec?.get('host');
  return {
    at,
    label: `Mapping "${name}"`,
    domains: [hostname?.text ?? '*'],
    layers: contextLayer(spec?.get('auth_context_extensions')),
    rewrites: spec ? rewritesOf(spec) : [],
    edits: [
      ...(spec?.get('add_request_headers')?.entries() ?? []).map(
        ([header, edit]): HeaderEdit => ({ action: 'set', header: header.toLowerCase(), at: edit }),
      ),
      ...(spec?.list('remove_request_headers') ?? []).flatMap((edit): HeaderEdit[] =>
        edit.text ? [{ action: 'remove', header: edit.text.toLowerCase(), at: edit }] : [],
      ),
    ],
    clusters: [spec?.get('service')?.text ?? ''],
    leadsSomewhere: true,
    filterConfig: () => undefined,
  };
}

/** Where nothing is said Emissary puts `/` in the place of the prefix; an empty `rewrite` leaves the path alone. */
function rewritesOf(spec: ConfigNode): Rewrite[] {
  const prefix = spec.get('prefix');
  const rewrite = spec.get('rewrite');
  const regex = spec.get('regex_rewrite');
  const host = spec.get('host_rewrite');
  const auto = spec.get('auto_host_rewrite');
  const to = rewrite?.text ?? '/';
  const rewrites: Rewrite[] = [];
  if (regex) rewrites.push({ of: 'path', at: regex, by: 'regex_rewrite' });
  else if (prefix && to !== '' && to !== prefix.text) {
    rewrites.push({ of: 'path', at: rewrite ?? prefix, by: rewrite ? 'rewrite' : 'the default rewrite: /' });
  }
  if (host?.text) rewrites.push({ of: 'host', at: host, by: 'host_rewrite', to: host.text });
  if (auto?.flag) rewrites.push({ of: 'host', at: auto, by: 'auto_host_rewrite', atEndpoint: true });
  return rewrites;
}
