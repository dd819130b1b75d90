import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const exampleShape = z.object({
  static_resources: z.object({
    listeners: z.array(
      z.object({
        filter_chains: z.array(
          z.object({
            filters: z.array(
              z.object({
                typed_config: z.object({
                  http_filters: z.array(z.object({ name: z.string(), typed_config: z.looseObject({}) })),
                }),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
});

/** The ext_proc filter of an example in envoy/, as users copy it, down to the rules about what it may change. */
export function exampleFilter(file: string): { name: string; typed_config: Record<string, unknown> } {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'envoy', file), 'utf8');
  const managers = exampleShape
    .parse(parse(text))
    .static_resources.listeners.flatMap(({ filter_chains }) => filter_chains)
    .flatMap(({ filters }) => filters);
  const found = managers
    .flatMap(({ typed_config }) => typed_config.http_filters)
    .find(({ name }) => name === 'envoy.filters.http.ext_proc');
  if (found === undefined) throw new Error(`envoy/${file} has no ext_proc filter`);
  return found;
}
