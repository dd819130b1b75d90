import { describe, expect, it } from 'vitest';
import { parseLayer } from '../../../src/config/layer.ts';
import type { LayerFields } from '../../../src/config/layer-schema.ts';
import { mergeLayers } from '../../../src/config/merge.ts';

const ARN = 'arn:aws:iam::123456789012:role/a';

/** Merges layers of the file's defaults, a route, and dynamic metadata. */
function merged(...layers: LayerFields[]) {
  const origins = ['defaults', 'route', 'dynamic metadata'] as const;
  return mergeLayers(layers.map((fields, index) => parseLayer(origins[index] ?? 'route', fields)));
}

describe('merging', () => {
  it('goes field by field, the later layer first, and remembers from where', () => {
    const { fields, origins } = merged(
      { aws_region: 'eu-west-1', aws_service: 's3' },
      { aws_service: 'sqs', payload: 'unsigned' },
      { payload: 'signed' },
    );
    expect(fields).toEqual({ aws_region: 'eu-west-1', aws_service: 'sqs', payload: 'signed' });
    expect([...origins]).toEqual(
      expect.arrayContaining([
        ['aws_region', 'defaults'],
        ['aws_service', 'route'],
        ['payload', 'dynamic metadata'],
      ]),
    );
  });

  it('replaces lists', () => {
    expect(merged({ signed_headers: ['a', 'b'] }, { signed_headers: ['c'] }).fields.signed_headers).toEqual(['c']);
    expect(merged({ allowed_hosts: ['a'] }, { allowed_hosts: ['b'] }).fields.allowed_hosts).toEqual(['b']);
  });

  it('unsets by null, and sets again above it', () => {
    const { fields, origins } = merged({ payload: 'unsigned' }, { payload: null });
    expect(fields).toEqual({});
    expect(origins.size).toBe(0);
    expect(merged({ payload: 'unsigned' }, { payload: null }, { payload: 'signed' }).fields).toEqual({
      payload: 'signed',
    });
  });

  it.each<[LayerFields, LayerFields, LayerFields]>([
    [{ aws_assume_role_arn: ARN }, { aws_account_id: '123456789012' }, { aws_account_id: '123456789012' }],
    [{ aws_account_id: '123456789012' }, { aws_assume_role_arn: ARN }, { aws_assume_role_arn: ARN }],
    [{ override_target_host: 'a.test', override_target_port: 8443 }, { sign_host: 'b.test' }, { sign_host: 'b.test' }],
    [
      { override_target_host: 'a.test', override_target_port: 8443 },
      { use_altered_target: true },
      { use_altered_target: true },
    ],
    [{ use_altered_target: true }, { override_target_host: 'a.test' }, { override_target_host: 'a.test' }],
    [{ sign_host: 'b.test' }, { override_target_host: 'a.test' }, { override_target_host: 'a.test' }],
  ])('%j makes way for %j', (lower, higher, result) => {
    const { fields, origins } = merged(lower, higher);
    expect(fields).toEqual(result);
    expect([...origins.keys()].sort()).toEqual(Object.keys(result).sort());
  });

  it('a rival that takes no side displaces nothing', () => {
    const lower = { override_target_host: 'a.test', override_target_port: 8443 };
    expect(merged(lower, { use_altered_target: false }).fields).toEqual({ ...lower, use_altered_target: false });
    expect(merged(lower, { sign_host: null }).fields).toEqual(lower);
  });

  it('a host from above keeps a port from below', () => {
    expect(
      merged({ override_target_host: 'a.test', override_target_port: 8443 }, { override_target_host: 'b.test' }).fields,
    ).toEqual({ override_target_host: 'b.test', override_target_port: 8443 });
  });

  it.each<LayerFields>([{ sign_host: 'a.test' }, { use_altered_target: true }])(
    'a port beside %j in one layer is not dropped in silence',
    (target) => {
      expect(merged({ override_target_port: 8443, ...target }).fields).toMatchObject({ override_target_port: 8443 });
    },
  );
});
