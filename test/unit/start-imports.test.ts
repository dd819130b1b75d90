import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const STATIC_IMPORT = /^(?:import|export) (?!type\b)[^'";]*?from '([^']+)';/gms;

/** The packages that a module loads before it runs, by itself and by what it imports. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      if (specifier.startsWith('.')) visit(join(file, '..', specifier));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  visit(entry);
  return packages;
}

it('a start loads no package that not all requests need', () => {
  const packages = packagesOf(join(import.meta.dirname, '../../src/cli/run-service.ts'));
  // Each of the others took a good part of a start, or is one of OpenTelemetry's.
  expect([...packages].sort()).toEqual(['jose/jwt/decode', 'lru-cache', 'pino', 'prom-client', 'zod']);
});
