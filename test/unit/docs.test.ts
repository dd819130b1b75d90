import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FIELD_NAMES } from '../../src/config/index.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('the README shows every field of the route config, and no other', () => {
  const [, section = ''] = readme.split('## Route config');
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const shown = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect([...shown].sort()).toEqual([...FIELD_NAMES].sort());
});
