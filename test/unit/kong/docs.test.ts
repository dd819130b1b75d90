import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../../src/config/index.ts';
import { parseRouteNamespace } from '../../../src/explain/index.ts';
import { convertKong, renderEnvoy, renderMetadata } from '../../../src/kong/index.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'migrating-from-kong.md'), 'utf8');
const seed = readFileSync(join(ROOT, 'test', 'fixtures', 'kong', 'seed.yaml'), 'utf8');
const [input = '', route = '', metadata = ''] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, code]) => code ?? '');

it('the page shows what the command makes of its example', () => {
  expect(input).toBe(seed);
  const conversion = convertKong(input);
  expect(renderMetadata(conversion).text.endsWith(`\n\n${metadata}`)).toBe(true);
  const indented = route.replace(/^/gm, ' '.repeat(24)).trimEnd();
  expect(renderEnvoy(conversion).text).toContain(indented);
});

it("what stands under a route's filter_metadata is what explain --route takes", () => {
  const [, orders = ''] = /\norders:\n {2}filter_metadata:\n(.*?)\n\n/s.exec(metadata) ?? [];
  const fields = parseRouteNamespace(orders, 'orders.yaml');
  const resolver = new RouteConfigResolver(DEFAULT_SERVER_CONFIG);
  expect(resolver.resolve({ initialMetadata: JSON.stringify(fields) })).toMatchObject({ refusals: { kong: true } });
});
