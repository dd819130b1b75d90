import { describe, expect, it } from 'vitest';
import { type AllowRule, RouteConfigResolver } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { Allowance, UNNAMED_PEER } from '../../../src/signer/allowance.ts';

const ROLE = 'arn:aws:iam::123456789012:role/orders';
const NEXT = 'arn:aws:iam::210987654321:role/billing';
const BASE = { aws_region: 'eu-west-1', aws_service: 's3', aws_assume_role_arn: ROLE };
const HOST = 'bucket.s3.eu-west-1.amazonaws.com';

function permitted(
  rules: AllowRule[] | undefined,
  fields: object = {},
  { peer = UNNAMED_PEER, host = HOST, mapped = '' } = {},
) {
  const resolver = new RouteConfigResolver(parseServerFile('', 'f'));
  const config = resolver.resolve({ initialMetadata: JSON.stringify({ ...BASE, ...fields }) });
  if (config === 'unconfigured-pass') throw new Error('not configured');
  try {
    new Allowance(rules).require(config, peer, host, ...(mapped ? [mapped] : []));
    return true;
  } catch (error) {
    expect(error).toMatchObject({
      code: 'SIGV4_NOT_ALLOWED',
      status: 403,
      message: expect.not.stringContaining('arn:'),
    });
    return false;
  }
}

describe('allow', () => {
  it('that is absent permits all, that is empty nothing', () => {
    expect(permitted(undefined)).toBe(true);
    expect(permitted([])).toBe(false);
    expect(permitted([{}])).toBe(true);
  });

  it.each<[AllowRule, object, boolean]>([
    [{ roles: ['arn:aws:iam::123456789012:role/*'] }, {}, true],
    [{ roles: ['arn:aws:iam::123456789012:role/*'] }, { assume_role_chain: [{ role_arn: NEXT }] }, false],
    [{ roles: ['arn:*'] }, { assume_role_chain: [{ role_arn: NEXT }] }, true],
    [{ services: ['s3', 'dynamodb'] }, {}, true],
    [{ services: ['execute-api'] }, {}, false],
    [{ regions: ['eu-*'] }, {}, true],
    [{ regions: ['us-*'] }, {}, false],
    [
      { regions: ['eu-*'] },
      { signing_algorithm: 'sigv4a', aws_region: 'eu-west-1,us-east-1', aws_sts_region: 'eu-west-1' },
      false,
    ],
    [{ regions: ['eu-*'] }, { signing_algorithm: 'sigv4a', aws_region: '*', aws_sts_region: 'eu-west-1' }, false],
    [{ hosts: ['*.amazonaws.com'] }, {}, true],
    [{ hosts: ['*.S3.*'] }, {}, true],
    [{ hosts: ['*.internal'] }, {}, false],
    [{ stsEndpoints: ['https://sts.*'] }, {}, true],
    [{ stsEndpoints: ['https://vpce-*'] }, { aws_sts_endpoint: 'https://sts.eu-west-1.amazonaws.com' }, false],
    [{ peers: ['spiffe://a/*'] }, {}, false],
  ])('%j with %j: %s', (rule, fields, expected) => expect(permitted([rule], fields)).toBe(expected));

  it('bounds the workload’s own credentials as `workload`', () => {
    const own = { aws_assume_role_arn: null };
    expect(permitted([{ roles: ['arn:*'] }], own)).toBe(false);
    expect(permitted([{ roles: ['workload'] }], own)).toBe(true);
    expect(permitted([{ roles: ['workload'] }], { ...own, aws_profile: 'admin' })).toBe(false);
    expect(permitted([{ roles: ['workload:adm*'] }], { ...own, aws_profile: 'admin' })).toBe(true);
  });

  it('goes by the names in the peer’s certificate', () => {
    const rules = [{ peers: ['spiffe://a/shop/*'], roles: [ROLE] }];
    expect(permitted(rules, {}, { peer: { names: ['x', 'spiffe://a/shop/envoy'] } })).toBe(true);
    expect(permitted(rules, {}, { peer: { names: ['spiffe://a/bank/envoy'] } })).toBe(false);
  });

  it('permits only what one rule permits as a whole', () => {
    const rules = [
      { services: ['s3'], hosts: ['a.test'] },
      { services: ['dynamodb'], hosts: [HOST] },
    ];
    expect(permitted(rules)).toBe(false);
    expect(permitted(rules, {}, { host: 'a.test' })).toBe(true);
  });

  it('holds a role that claims chose against the rule that permits the rest', () => {
    const rules = [
      { services: ['s3'], roles: [ROLE] },
      { services: ['dynamodb'], roles: [NEXT] },
    ];
    expect(permitted(rules, {}, { mapped: ROLE })).toBe(true);
    expect(permitted(rules, {}, { mapped: NEXT })).toBe(false);
  });
});
