import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../../src/config/index.ts';
import { convertKong, renderEnvoy, renderMetadata } from '../../../src/kong/index.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'fixtures', 'kong');
const files = readdirSync(FOLDER).filter((name) => /\.(?:yaml|json)$/.test(name));

// `vitest run test/unit/kong -u` writes the expected files anew; read what has changed in them.
describe.each(files)('%s', (file) => {
  const conversion = convertKong(readFileSync(join(FOLDER, file), 'utf8'));
  const expected = (kind: string) => join(FOLDER, 'expected', `${file.replace(/\.\w+$/, '')}.${kind}.yaml`);

  it("becomes Envoy's bootstrap", async () => {
    await expect(renderEnvoy(conversion).text).toMatchFileSnapshot(expected('envoy'));
  });

  it('becomes metadata', async () => {
    await expect(renderMetadata(conversion).text).toMatchFileSnapshot(expected('metadata'));
  });

  it('becomes metadata that the signer takes', () => {
    const resolver = new RouteConfigResolver(DEFAULT_SERVER_CONFIG);
    const byRoute: [string, { filter_metadata: object }][] = Object.entries(parse(renderMetadata(conversion).text));
    expect(byRoute.map(([name]) => name)).toEqual(conversion.routes.map(({ route }) => route.name));
    for (const [, { filter_metadata }] of byRoute) {
      const [[namespace, fields] = []] = Object.entries(filter_metadata);
      expect(namespace).toBe('aws-request-signing');
      expect(resolver.resolve({ initialMetadata: JSON.stringify(fields) })).toMatchObject({
        identity: { source: 'caller', cacheScope: 'role' },
        callerToken: { onMissing: 'pass', keepCopy: true },
        refusals: { kong: true },
      });
    }
  });
});
