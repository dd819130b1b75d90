import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const lines = readFileSync(new URL('SECURITY.md', root), 'utf8').split('\n');
const threats = lines.filter((line) => line.startsWith('| ') && !/^\| an attacker/.test(line));
const proofs = threats.flatMap((line) =>
  [...line.matchAll(/`((?:test|scripts)\/[^`]+)`/g)].map(([, path = '']) => path),
);

it('the threat model names tests that are there', () => {
  expect(proofs.length).toBeGreaterThan(25);
  expect(proofs.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

it('the threat model says of each line by which test it holds, unless nothing is claimed', () => {
  const unproven = threats.filter((line) => !/`(?:test|scripts)\//.test(line));
  expect(unproven.every((line) => /\| (?:can,|never gets any)/.test(line))).toBe(true);
});
