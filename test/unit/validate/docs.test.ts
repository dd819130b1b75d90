import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES, validate } from '../../../src/validate/index.ts';
import { REPOSITORY } from './support.ts';

const page = readFileSync(join(REPOSITORY, 'docs', 'validate.md'), 'utf8');

describe('docs/validate.md', () => {
  it('has the table of rules, row by row', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+\/[a-z0-9-]+)` \| (error|warning) \| (.*) \|$/gm)];
    expect(rows.map(([, id, severity, title]) => [id, severity, title])).toEqual(
      RULES.map(({ id, severity, title }) => [id, severity, title]),
    );
  });

  it('shows findings that are rules', () => {
    const shown = [...page.matchAll(/^(?:error {2}|warning)\s+\S+ {2}(\S+)$/gm)].map(([, id]) => id);
    expect(shown.length).toBeGreaterThan(0);
    for (const id of shown) expect(RULES.map((rule) => rule.id)).toContain(id);
  });
});

describe('the rules', () => {
  it('have ids of their own, and say in sentences what is wrong and what to do', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, title, fix } of RULES) {
      expect(id).toMatch(/^(?:config|envoy|ext-authz|cluster)\/[a-z0-9-]+$/);
      expect(title).toMatch(/^[A-Za-z].*\.$/);
      expect(title).not.toContain('|');
      expect(fix).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('take what is not as it should be', () => {
    const texts = [
      '',
      '[]',
      'null',
      '7',
      'static_resources: {listeners: 7, clusters: [{name: null}, 3, []]}',
      'static_resources: {listeners: [{filter_chains: [{filters: [{typed_config: {"@type": x.HttpConnectionManager, http_filters: [1, null, {}], route_config: {virtual_hosts: [{routes: [null, 4, {route: []}]}]}}}]}]}]}',
      'http_filters: [{name: sigv4, typed_config: {"@type": a/b.ext_proc.v3.E, grpc_service: [], processing_mode: x, message_timeout: [], mutation_rules: 3}}]\nroutes: [{metadata: {filter_metadata: {aws-request-signing: []}}}]',
      'a: &a [*a]\nstatic_resources: {listeners: *a}\n',
      'apiVersion: v1\nkind: List\nitems: [{apiVersion: a/v1, kind: EnvoyFilter, spec: []}, {apiVersion: gateway.envoyproxy.io/v1, kind: EnvoyExtensionPolicy, spec: {extProc: [1, {}]}}]',
      'apiVersion: gateway.kgateway.dev/v1\nkind: GatewayExtension\nspec: {extProc: 7}',
      'configs: [{"@type": type.googleapis.com/envoy.admin.v3.ListenersConfigDump, static_listeners: [{}]}]',
    ];
    for (const text of texts) expect(() => validate({ files: [{ name: 'x', text }] }), text).not.toThrow();
  });
});
