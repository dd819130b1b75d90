import { describe, expect, it } from 'vitest';
import type { SessionParameters } from '../../../src/config/index.ts';
import { parseTemplate } from '../../../src/config/template.ts';
import { chooseRole } from '../../../src/credentials/choose-role.ts';
import { sessionRequest, type TemplateValues } from '../../../src/credentials/role-session.ts';

const ARN = 'arn:aws:iam::123456789012:role/team/orders';
const template = (text: string) => parseTemplate(text) ?? [];
const request = (parameters: SessionParameters, values: TemplateValues = {}) =>
  sessionRequest({ arn: ARN, ...parameters }, values);
const VALUES: TemplateValues = {
  claims: {
    sub: 'alice',
    org: { team: 'red' },
    'https://a.test/unit': 'u1',
    list: ['x', 'y'],
    strange: 'a/ü',
    empty: '',
  },
  headers: [['x-team', 'blue!']],
  routeName: 'orders',
};

describe('a session name', () => {
  it.each([
    ['{claim.sub}', 'alice'],
    ['{claim.org.team}-{route_name}', 'red-orders'],
    ['{claim.https://a.test/unit}', 'u1'],
  ])('%s is %s', (text, name) => {
    expect(request({ sessionName: template(text) }, VALUES).sessionName).toBe(name);
  });

  it.each([
    ['{claim.strange}', /^a---[0-9a-f]{8}$/],
    ['{header.X-Team}', /^blue--[0-9a-f]{8}$/],
    ['{claim.empty}', /^-[0-9a-f]{8}$/],
  ])('%s is cleaned to %s', (text, name) => {
    expect(request({ sessionName: template(text) }, VALUES).sessionName).toMatch(name);
  });

  it('is the role’s own where none is set', () => expect(request({}).sessionName).toBe('orders'));

  it('of texts that differ is never the same', () => {
    const nameOf = (sub: string) => request({ sessionName: template('{claim.sub}') }, { claims: { sub } }).sessionName;
    const names = ['a b', 'a-b', 'a/b', 'x'.repeat(64), 'x'.repeat(65), `${'x'.repeat(65)}y`].map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});

describe('what decides access', () => {
  const tags = (value: string) => [['team', template(value)]] as const;

  it('is filled', () => {
    const filled = request({ sourceIdentity: template('{claim.sub}'), tags: tags('{claim.org.team}') }, VALUES);
    expect(filled).toMatchObject({ sourceIdentity: 'alice', tags: [['team', 'red']] });
  });

  it.each<[string, SessionParameters]>([
    ['a source identity with a slash', { sourceIdentity: template('{claim.strange}') }],
    ['a source identity of one letter', { sourceIdentity: template('{claim.a}') }],
    ['a tag with a character that tags cannot hold', { tags: tags('{claim.hash}') }],
    ['a tag that is too long', { tags: tags('{claim.long}') }],
    ['a missing claim', { tags: tags('{claim.none}') }],
    ['a claim that is a list', { sourceIdentity: template('{claim.list}') }],
    ['a claim that is an object', { sessionName: template('{claim.org}') }],
    ['what every object inherits', { sessionName: template('{claim.constructor}') }],
    ['a header that was not sent', { sessionName: template('{header.x-none}') }],
  ])('is refused, never cleaned: %s', (_, parameters) => {
    const claims = { ...VALUES.claims, a: 'a', hash: 'a#b', long: 'x'.repeat(257) };
    expect(() => request(parameters, { ...VALUES, claims })).toThrow(
      expect.objectContaining({ code: 'SIGV4_CLAIM_UNUSABLE', status: 403 }),
    );
  });

  it('names no claim’s value in its refusal', () => {
    const claims = { sub: 'mallory#secret' };
    expect(() => request({ sourceIdentity: template('{claim.sub}') }, { claims })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('mallory') }),
    );
  });
});

it('a route’s name that was not asked for is a mistake of the config', () => {
  expect(() => request({ sessionName: template('{route_name}') })).toThrow(
    expect.objectContaining({ code: 'SIGV4_CONFIG_INVALID', message: expect.stringContaining('xds.route_name') }),
  );
});

describe('role_mappings', () => {
  const mappings = [
    { claim: 'team', equals: 'red', roleArn: 'red' },
    { claim: 'groups', matches: 'ops-*', roleArn: 'ops' },
    { claim: 'team', matches: '*', roleArn: 'any team' },
  ];
  it.each([
    [{ team: 'red', groups: ['ops-eu'] }, 'red'],
    [{ team: 'blue', groups: ['dev', 'ops-eu'] }, 'ops'],
    [{ team: 'Red' }, 'any team'],
    [{ groups: 'ops-eu' }, 'ops'],
  ])('%j is %s: the first that matches', (claims, role) => expect(chooseRole(mappings, claims)).toBe(role));

  it.each([{}, { groups: ['dev', 'xops-eu', 'OPS-EU'] }, { team: null }, { team: { red: true } }])(
    '%j has no role',
    (claims) => {
      expect(() => chooseRole(mappings, claims)).toThrow(
        expect.objectContaining({ code: 'SIGV4_NO_ROLE_MAPPING', status: 403 }),
      );
    },
  );
});
