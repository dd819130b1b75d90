import { parseDocument } from 'yaml';
import { fieldPath, problemsOf } from '../config/index.ts';
import { FileError } from '../errors/index.ts';
import { fileSchema, type KongFile } from './file-schema.ts';

/** The file is no Kong declarative config, or a broken one; each problem names where. */
export class KongFileError extends FileError {
  override readonly name = 'KongFileError';
}

/** 1.1 and 2.1: paths with characters of regular expressions are such. 3.0: those that start with `~`. */
const FORMATS: ReadonlySet<string> = new Set(['1.1', '2.1', '3.0']);
const WHERE_FROM = 'write one with `deck gateway dump` or `kong config db_export`';

/**
 * Reads a Kong declarative config, YAML or JSON, as Kong's DB-less mode and decK take it.
 * @throws KongFileError
 */
export function parseKongFile(text: string): KongFile {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new KongFileError([(error.message.split('\n')[0] ?? '').replace(/:$/, '')]);
  const value = plainData(document);
  if (isKubernetes(value)) {
    throw new KongFileError([`these are resources of Kubernetes, not a declarative config: ${WHERE_FROM}`]);
  }
  if (!isObject(value) || value._format_version === undefined) {
    throw new KongFileError([`not a Kong declarative config (no _format_version): ${WHERE_FROM}`]);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    throw new KongFileError(problemsOf(parsed.error).map(({ path, message }) => `${fieldPath(path)} ${message}`));
  }
  if (!FORMATS.has(parsed.data._format_version)) {
    throw new KongFileError(['_format_version must be 1.1, 2.1 or 3.0']);
  }
  return parsed.data;
}

function plainData(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new KongFileError([error instanceof Error ? error.message : 'cannot be read']);
  }
}

function isKubernetes(value: unknown): boolean {
  return isObject(value) && typeof value.apiVersion === 'string' && typeof value.kind === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
