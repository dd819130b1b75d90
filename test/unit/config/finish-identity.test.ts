import { describe, expect, it } from 'vitest';
import { finishConfig } from '../../../src/config/finish.ts';
import type { IdentitySettings } from '../../../src/config/finish-identity.ts';
import { type Layer, type LayerOrigin, parseLayer } from '../../../src/config/layer.ts';
import { mergeLayers } from '../../../src/config/merge.ts';

const ARN = 'arn:aws:iam::123456789012:role/orders';
const NEXT = 'arn:aws:iam::210987654321:role/billing';
const BASE = { aws_region: 'eu-west-1', aws_service: 'execute-api' };
const WORKLOAD = { credential_source: 'workload', aws_assume_role_arn: ARN };
const CHECKED: Partial<IdentitySettings> = { checksTokens: true };
const MAPPED: Partial<IdentitySettings> = { roleMappings: [{ claim: 'team', equals: 'red', roleArn: ARN }] };

function finished(fields: object, server: Partial<IdentitySettings> = {}) {
  const merged = mergeLayers([parseLayer('defaults', { ...BASE, ...fields })]);
  return finishConfig(merged, { checksTokens: false, roleMappings: [], ...server });
}

describe('a role session', () => {
  it('has all that a workload’s may have', () => {
    const parameters = {
      duration_seconds: 7200,
      external_id: 'ext:1',
      session_tags: { Team: 'red' },
      transitive_tag_keys: ['Team'],
      policy: '{"Version":"2012-10-17"}',
      policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      source_identity: 'nightly',
    };
    expect(finished({ ...WORKLOAD, ...parameters }).identity.role).toEqual({
      arn: ARN,
      durationSeconds: 7200,
      externalId: 'ext:1',
      tags: [['Team', [{ kind: 'text', text: 'red' }]]],
      transitiveTagKeys: ['Team'],
      policy: '{"Version":"2012-10-17"}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      sourceIdentity: [{ kind: 'text', text: 'nightly' }],
    });
  });

  it.each(['external_id', 'source_identity', 'session_tags', 'transitive_tag_keys'])(
    'of a caller’s token takes no %s, a later hop does',
    (field) => {
      const tags = { session_tags: { Team: 'red' } };
      const value = { external_id: 'ext', source_identity: 'nightly', ...tags, transitive_tag_keys: ['Team'] }[field];
      expect(() => finished({ aws_assume_role_arn: ARN, [field]: value })).toThrow(
        `${field} cannot be sent with a caller's token`,
      );
      const hop = { role_arn: NEXT, ...(field === 'transitive_tag_keys' && tags), [field]: value };
      expect(finished({ aws_assume_role_arn: ARN, assume_role_chain: [hop] }).identity.chain).toHaveLength(1);
    },
  );

  it.each<[object, string | undefined]>([
    [{ ...WORKLOAD, duration_seconds: 43_200 }, undefined],
    [{ aws_assume_role_arn: ARN, duration_seconds: 43_200 }, undefined],
    [{ assume_role_chain: [{ role_arn: NEXT, duration_seconds: 43_200 }] }, undefined],
    [
      { ...WORKLOAD, assume_role_chain: [{ role_arn: NEXT, duration_seconds: 3601 }] },
      'assume_role_chain[0].duration_seconds',
    ],
    [
      { aws_assume_role_arn: ARN, assume_role_chain: [{ role_arn: NEXT }, { role_arn: ARN, duration_seconds: 7200 }] },
      'assume_role_chain[1].duration_seconds',
    ],
    [{ assume_role_chain: [{ role_arn: NEXT }, { role_arn: ARN, duration_seconds: 7200 }] }, 'must be at most 3600'],
  ])('behind another role lasts an hour at most: %j', (fields, problem) => {
    if (problem === undefined) expect(() => finished(fields)).not.toThrow();
    else expect(() => finished(fields)).toThrow(problem);
  });

  it('marks only its own tags as transitive', () => {
    const hop = { role_arn: NEXT, session_tags: { Team: 'red' }, transitive_tag_keys: ['Stage'] };
    expect(() => finished({ ...WORKLOAD, assume_role_chain: [hop] })).toThrow(
      'assume_role_chain[0].transitive_tag_keys must be keys of assume_role_chain[0].session_tags',
    );
  });

  it('keeps the source identity of an earlier one', () => {
    const chain = (source_identity: string) => ({
      ...WORKLOAD,
      source_identity: 'nightly',
      assume_role_chain: [{ role_arn: NEXT, source_identity }],
    });
    expect(() => finished(chain('nightly'))).not.toThrow();
    expect(() => finished(chain('other'))).toThrow('source_identity cannot be changed');
  });

  it.each(['session_name', 'duration_seconds', 'external_id', 'policy'])('%s needs a role', (field) => {
    const value = { session_name: 'ab', duration_seconds: 900, external_id: 'ab', policy: '{}' }[field];
    expect(() => finished({ [field]: value })).toThrow(`${field} needs a role to assume`);
  });
});

describe('the source', () => {
  it('of a chain without a first role is the workload', () => {
    expect(finished({ assume_role_chain: [{ role_arn: NEXT }] }).identity).toMatchObject({
      source: 'workload',
      chain: [{ arn: NEXT }],
    });
  });

  it('is the caller with role_mappings, if the route says so', () => {
    expect(finished({}, MAPPED).identity.source).toBe('workload');
    expect(finished({ credential_source: 'caller' }, MAPPED).identity).toMatchObject({
      role: { mappings: MAPPED.roleMappings },
      usesClaims: true,
    });
    expect(finished({ aws_assume_role_arn: ARN }, MAPPED).identity).toMatchObject({ role: { arn: ARN } });
  });
});

describe('claims', () => {
  const named = { session_name: '{claim.sub}' };

  it('of a caller count, as STS verifies the token in the same exchange', () => {
    expect(finished({ aws_assume_role_arn: ARN, ...named }).identity.usesClaims).toBe(true);
  });

  it('with a workload, or where tokens are not part of the key, need the token check', () => {
    const shared = { aws_assume_role_arn: ARN, compat: 'kong', ...named };
    for (const fields of [{ ...WORKLOAD, ...named }, shared]) {
      expect(() => finished(fields)).toThrow('token_check');
      expect(finished(fields, CHECKED).identity.usesClaims).toBe(true);
    }
    const mapped = { credential_source: 'caller', compat: 'kong' };
    expect(() => finished(mapped, MAPPED)).toThrow('token_check');
    expect(() => finished(mapped, { ...MAPPED, ...CHECKED })).not.toThrow();
  });
});

describe('credential_cache_scope: role', () => {
  const shared = { aws_assume_role_arn: ARN, credential_cache_scope: 'role' };

  it('needs the token check or Kong’s mode', () => {
    expect(() => finished(shared)).toThrow('credential_cache_scope: role needs token_check');
    expect(finished(shared, CHECKED).identity).toMatchObject({ cacheScope: 'role' });
    expect(finished({ ...shared, compat: 'kong' }).identity).toMatchObject({ cacheScope: 'role' });
  });

  it('is of callers alone', () => {
    expect(() => finished({ ...WORKLOAD, credential_cache_scope: 'role' }, CHECKED)).toThrow(
      'credential_source: caller',
    );
  });
});

describe('compat: kong', () => {
  it('has the plugin’s defaults, each of which the route may set otherwise', () => {
    const kong = { aws_assume_role_arn: ARN, compat: 'kong' };
    expect(finished(kong)).toMatchObject({
      callerToken: { onMissing: 'pass', keepCopy: true, copyHeader: 'x-authorization' },
      identity: { cacheScope: 'role' },
      refusals: { kong: true, stsError: false },
    });
    const safe = { on_missing_token: 'deny', preserve_auth_header: false, credential_cache_scope: 'caller' };
    expect(finished({ ...kong, ...safe })).toMatchObject({
      callerToken: { onMissing: 'deny', keepCopy: false },
      identity: { cacheScope: 'caller' },
    });
  });

  it.each<[LayerOrigin, object[]]>([
    [
      'route',
      [{ compat: 'kong', use_altered_target: true, override_target_host: 'a.test', override_target_port: 8443 }],
    ],
    ['route', [{ compat: 'kong' }, { use_altered_target: true, override_target_host: 'a.test' }]],
  ])('lets the altered target win in a %s', (origin, layers) => {
    const merged = mergeLayers(layers.map((fields): Layer => parseLayer(origin, { ...BASE, ...fields })));
    expect(merged.fields).toMatchObject({ use_altered_target: true });
    expect(merged.fields).not.toHaveProperty('override_target_host');
    expect(merged.fields).not.toHaveProperty('override_target_port');
  });
});
