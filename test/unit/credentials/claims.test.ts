import { describe, expect, it } from 'vitest';
import { claimText, claimTexts } from '../../../src/credentials/claims.ts';

const TAGS = 'https://aws.amazon.com/tags';
const claims = JSON.parse(`{
  "sub": "alice", "empty": "", "admin": true, "level": 7, "share": 0.25, "none": null,
  "groups": ["one"], "many": ["one", "two"], "no": [], "numbers": [7], "mixed": ["one", {}],
  "org": { "team": "orders", "unit": { "id": "u1" } },
  "org.team": "exact", "a": { "b.c": "inner", "b": { "c": "deep" } },
  "x.y": {}, "x": { "y": { "z": "hidden" } },
  "big": 9007199254740993, "endless": 1e999,
  "${TAGS}": { "principal_tags": { "team": ["blue"], "cost.center": "c1" } },
  "__proto__": { "polluted": "yes" }
}`) as Record<string, unknown>;

describe('claimText', () => {
  it.each([
    ['sub', 'alice'],
    ['empty', ''],
    ['admin', 'true'],
    ['level', '7'],
    ['share', '0.25'],
    ['groups', 'one'],
    ['numbers', '7'],
    ['org.unit.id', 'u1'],
    [`${TAGS}.principal_tags.team`, 'blue'],
    [`${TAGS}.principal_tags.cost.center`, 'c1'],
  ])('%s is %j', (path, text) => expect(claimText(claims, path)).toBe(text));

  it('prefers the longest name that is there, and does not look elsewhere', () => {
    expect(claimText(claims, 'org.team')).toBe('exact');
    expect(claimText(claims, 'a.b.c')).toBe('inner');
    expect(claimText(claims, 'x.y.z')).toBeUndefined();
  });

  it.each([
    'absent',
    'none',
    'org',
    TAGS,
    'many',
    'no',
    'mixed',
    'big',
    'endless',
    'sub.length',
    'groups.0',
    'many.length',
    'org.absent',
    '',
    '.',
    'org.',
    '.sub',
    'constructor',
    'constructor.name',
    'toString',
    'org.constructor.name',
    'org.__proto__',
  ])('%s has no text', (path) => expect(claimText(claims, path)).toBeUndefined());

  it('sees an own claim of any name, and never a prototype', () => {
    expect(claimText(claims, '__proto__.polluted')).toBe('yes');
    const heir = Object.create({ sub: 'inherited', org: { team: 'inherited' } }) as Record<string, unknown>;
    expect([claimText(heir, 'sub'), claimText(heir, 'org.team')]).toEqual([undefined, undefined]);
  });
});

describe('claimTexts', () => {
  it.each([
    ['sub', ['alice']],
    ['many', ['one', 'two']],
    ['mixed', ['one']],
    ['no', []],
    ['big', []],
    ['org', []],
    [`${TAGS}.principal_tags.team`, ['blue']],
  ])('%s has %j', (path, texts) => expect(claimTexts(claims, path)).toEqual(texts));
});
