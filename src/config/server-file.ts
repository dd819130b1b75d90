import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../errors/index.ts';
import { finishConfig } from './finish.ts';
import type { IdentitySettings } from './finish-identity.ts';
import { type Layer, parseLayer } from './layer.ts';
import { mergeLayers } from './merge.ts';
import { type CacheSettings, DEFAULT_SERVER_CONFIG, type ServerConfig, serverFileSchema } from './server-config.ts';
import { ServerFileError } from './server-file-error.ts';
import { servingConfig } from './serving-schema.ts';
import { fieldPath, problemsOf } from './validation.ts';

/**
 * Validates the text of the server's file.
 * @param name how the file is called in errors
 * @throws ServerFileError
 */
export function parseServerFile(text: string, name: string): ServerConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [syntaxError] = document.errors;
  if (syntaxError) {
    throw new ServerFileError([`${name}:${lines.linePos(syntaxError.pos[0]).line}: ${syntaxError.message}`]);
  }

  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const offset = offsetOf(document, path.slice(0, depth));
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return 1;
  };
  const problem = (path: readonly PropertyKey[], message: string) =>
    `${name}:${lineOf(path)}: ${fieldPath(path) || 'the file'} ${message}`;

  const parsed = serverFileSchema.safeParse(plainData(document, name) ?? {});
  if (!parsed.success) {
    throw new ServerFileError(problemsOf(parsed.error).map(({ path, message }) => problem(path, message)));
  }
  const file = parsed.data;

  const problems: string[] = [];
  const layerAt = (origin: 'defaults' | 'profile', path: readonly string[], fields: unknown): Layer => {
    try {
      return parseLayer(origin, fields);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(problem(path, `is invalid: ${error.message}`));
      return { origin, fields: {} };
    }
  };
  const settings: IdentitySettings = {
    checksTokens: file.token_check !== undefined,
    roleMappings: file.role_mappings ?? [],
  };
  const defaults = file.defaults && layerAt('defaults', ['defaults'], file.defaults);
  const contradicted = defaults && contradictionIn([defaults], settings);
  if (contradicted) problems.push(problem(['defaults'], `is invalid: ${contradicted}`));
  const profiles = new Map<string, Layer>();
  for (const [profile, fields] of Object.entries(file.profiles ?? {})) {
    const layer = layerAt('profile', ['profiles', profile], fields);
    if (fields.profile !== undefined) problems.push(problem(['profiles', profile, 'profile'], 'is not for a profile'));
    profiles.set(profile, layer);
    const contradiction = contradictionIn(defaults ? [defaults, layer] : [layer], settings);
    if (contradiction) problems.push(problem(['profiles', profile], `is invalid: ${contradiction}`));
  }
  if (problems.length > 0) throw new ServerFileError(problems);

  return Object.freeze({
    ...DEFAULT_SERVER_CONFIG,
    ...(file.listen && { listen: file.listen }),
    ...(file.admin && { admin: file.admin }),
    ...(file.log?.level && { logLevel: file.log.level }),
    ...(file.log?.access_sample !== undefined && { accessSample: file.log.access_sample }),
    ...(file.dynamic_metadata !== undefined && { dynamicMetadata: file.dynamic_metadata }),
    ...(file.telemetry && { telemetry: file.telemetry }),
    ...(file.unconfigured && { unconfigured: file.unconfigured }),
    ...(defaults && { defaults }),
    profiles,
    ...settings,
    ...(file.token_check && { tokenCheck: file.token_check }),
    ...(file.allow && { allow: file.allow }),
    ...(file.sts_timeout !== undefined && { stsTimeoutMs: Math.round(file.sts_timeout * 1000) }),
    ...(file.sts_calls_per_second !== undefined && { stsCallsPerSecond: file.sts_calls_per_second }),
    cache: cacheSettings(file.cache),
    ...servingConfig(file),
  });
}

function cacheSettings(cache: z.output<typeof serverFileSchema>['cache'] = {}): CacheSettings {
  const { maxEntries, maxEntriesPerCaller } = DEFAULT_SERVER_CONFIG.cache;
  return {
    maxEntries: cache.max_entries ?? maxEntries,
    maxEntriesPerCaller: cache.max_entries_per_caller ?? maxEntriesPerCaller,
    ...(cache.shared && { shared: cache.shared }),
  };
}

/** Where a key stands, which is where its mistake is looked for; of a list's item, the item. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const node = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === last)?.key
    : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** @throws ServerFileError for aliases of nothing, or of too much */
function plainData(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ServerFileError([`${name}:1: ${error instanceof Error ? error.message : 'cannot be read'}`]);
  }
}

/** What is wrong with a profile that is complete by itself; one that leaves region or service to routes is not judged. */
function contradictionIn(layers: readonly Layer[], settings: IdentitySettings): string | undefined {
  try {
    const merged = mergeLayers(layers);
    if (merged.fields.aws_region === undefined || merged.fields.aws_service === undefined) return undefined;
    finishConfig(merged, settings);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
