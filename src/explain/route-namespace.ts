import { parseDocument } from 'yaml';
import { METADATA_NAMESPACE } from '../config/index.ts';
import { InputError } from './client-request.ts';

/**
 * The signing config of a route, as it stands in its metadata: the fields of the namespace, or the namespace with its
 * name before them.
 * @param text YAML or JSON
 * @returns the fields, not validated
 * @throws InputError
 */
export function parseRouteNamespace(text: string, name: string): Record<string, unknown> {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new InputError(`${name}: ${error.message.split('\n')[0]}`);
  const value: unknown = document.toJS();
  const inner = isObject(value) ? value[METADATA_NAMESPACE] : undefined;
  const fields = isObject(inner) && Object.keys(value as object).length === 1 ? inner : value;
  if (!isObject(fields)) throw new InputError(`${name}: must be the fields of the namespace ${METADATA_NAMESPACE}`);
  return fields;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
