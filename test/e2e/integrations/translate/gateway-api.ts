import { z } from 'zod';
import type { Manifest } from '../support/manifests.ts';
import type { Json } from './base.ts';

const routeShape = z.strictObject({
  parentRefs: z.array(z.strictObject({ name: z.string() })),
  hostnames: z.array(z.string()),
  rules: z.array(
    z.strictObject({
      matches: z.array(
        z.strictObject({ path: z.strictObject({ type: z.literal('PathPrefix'), value: z.literal('/') }) }),
      ),
      filters: z
        .array(
          z.discriminatedUnion('type', [
            z.strictObject({ type: z.literal('URLRewrite'), urlRewrite: z.strictObject({ hostname: z.string() }) }),
            z.strictObject({
              type: z.literal('ExtensionRef'),
              extensionRef: z.strictObject({ group: z.string(), kind: z.string(), name: z.string() }),
            }),
          ]),
        )
        .default([]),
      backendRefs: z
        .array(z.strictObject({ group: z.string(), kind: z.enum(['Backend', 'Upstream']), name: z.string() }))
        .length(1),
    }),
  ),
});

export interface GatewayRoute {
  route: Manifest;
  hostnames: string[];
  /** The name of the rule's only backend. */
  backend: string;
  /** Of core's URLRewrite. */
  hostname: string | undefined;
  /** Names of the gateway's own filters. */
  extensions: string[];
}

/** An HTTPRoute of one rule, for all paths: all that the manifests have. */
export function gatewayRoute(route: Manifest): GatewayRoute {
  const { hostnames, rules } = routeShape.parse(route.spec);
  const [rule] = rules;
  const [ref] = rule?.backendRefs ?? [];
  if (rule === undefined || ref === undefined || rules.length > 1)
    throw new Error(`${route.metadata.name}: not one rule`);
  return {
    route,
    hostnames,
    backend: ref.name,
    hostname: rule.filters.flatMap((filter) => (filter.type === 'URLRewrite' ? [filter.urlRewrite.hostname] : []))[0],
    extensions: rule.filters.flatMap((filter) => (filter.type === 'ExtensionRef' ? [filter.extensionRef.name] : [])),
  };
}

/** A virtual host of one route for all paths. */
export function virtualHost(name: string, hostnames: readonly string[], route: Json): Json {
  return { name, domains: hostnames, routes: [{ match: { prefix: '/' }, ...route }] };
}
