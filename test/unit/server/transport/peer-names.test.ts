import { describe, expect, it } from 'vitest';
import { isAllowedPeer, peerNames } from '../../../../src/server/transport/peer-names.ts';

const ID = 'spiffe://mesh.test/ns/a/sa/b';

describe('the names of a peer', () => {
  it.each([
    [undefined, []],
    ['', []],
    [`URI:${ID}`, [ID]],
    [`DNS:A.test, URI:${ID}, DNS:b.test`, ['a.test', ID, 'b.test']],
    ['IP Address:127.0.0.1, email:a@b.test', []],
    // A name that holds what separates names, as Node quotes it.
    [`DNS:"a.test, URI:${ID}"`, []],
    ['URI:"spiffe://mesh.test/a, b"', ['spiffe://mesh.test/a, b']],
    [`DNS:${ID}`, []],
    ['DNS:"broken', []],
  ])('of %s are %j', (text, names) => {
    expect(peerNames(text)).toEqual(names);
  });

  it.each([
    [['a.test'], undefined, true],
    [[], undefined, true],
    [[], ['*'], false],
    [['a.test'], ['A.TEST'], true],
    [['a.test'], ['*.test'], true],
    [['a.test'], ['b.test', 'a.*'], true],
    [[ID], ['spiffe://mesh.test/ns/*/sa/b'], true],
    [[ID], ['SPIFFE://MESH.TEST/ns/a/sa/b'], false],
    [[ID], ['spiffe://mesh.test/ns/a/sa/'], false],
  ])('%j are let in by %j: %s', (names, globs, allowed) => {
    expect(isAllowedPeer(names, globs)).toBe(allowed);
  });
});
