import { effectivePlugin } from './effective-plugin.ts';
import type { Findings } from './findings.ts';
import { type KongModel, type KongRoute, PLUGIN_NAME } from './model.ts';

const GUARDS =
  /^(?:acl|.*-auth|.*-auth-enc|.*-auth-advanced|jwt|jwt-signer|oauth2|oauth2-.*|openid-connect|opa|saml|session|ip-restriction|bot-detection|cors|.*rate-?limiting.*|request-size-limiting|request-validator|oas-validation|request-termination|json-threat-protection|xml-threat-protection|injection-protection)$/;
const CHANGES_TARGET = /^(?:canary|route-by-header|forward-proxy|upstream-oauth)$/;
const CHANGES_REQUEST =
  /^(?:request-transformer.*|route-transformer.*|pre-function|post-function|jq|correlation-id|grpc-gateway|degraphql|ai-.*)$/;

/** What the file's other plugins do to signed routes is not carried over; it is said of each, once. */
export function noteOtherPlugins(model: KongModel, signed: readonly KongRoute[], findings: Findings): void {
  const names = new Set(model.plugins.map(({ name }) => name).filter((name) => name !== PLUGIN_NAME));
  for (const name of names) {
    const routes = Map.groupBy(signed, (route) => effectivePlugin(model, name, route));
    for (const [plugin, concerned] of routes) {
      if (!plugin) continue;
      const on = concerned.map((route) => route.name).join(', ');
      findings.note(plugin.at, `${name} runs on ${on} too and is not carried over: ${consequence(name)}`);
    }
  }
}

function consequence(name: string): string {
  if (GUARDS.test(name)) return 'what it guards against is to be guarded against in Envoy, ahead of the signer';
  if (CHANGES_TARGET.test(name))
    return 'a target that it chooses needs a route, or weighted_clusters, and metadata of its own';
  if (CHANGES_REQUEST.test(name))
    return 'what it changes of path, headers or body has to be changed in Envoy ahead of the signer';
  return 'see whether Envoy is to do the same';
}
