import { Char } from './chars.ts';
import { readBool, readNull, readNumber, readString } from './scalars.ts';
import { TextScanner } from './scanner.ts';

export { TextFormatError } from './error.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/**
 * Reads `envoy.config.core.v3.Metadata` in protobuf text format, as Envoy's CEL attributes `xds.route_metadata`,
 * `xds.virtual_host_metadata` and `xds.cluster_metadata` print it, in the plain form or the debug form.
 *
 * @param text the attribute's text; the time taken is linear in its length
 * @param wanted namespaces to build; others are only checked for balance. All of them without it
 * @returns each namespace's Struct as the plain JSON value that `JSON.parse` would give; a repeated key's last one counts
 * @throws TextFormatError for anything malformed, nothing else
 * @see https://protobuf.dev/reference/protobuf/textformat-spec/
 */
export function parseMetadataText(text: string, wanted?: ReadonlySet<string>): Map<string, JsonObject> {
  const scanner = new TextScanner(text);
  scanner.acceptDebugMarker();
  const namespaces = new Map<string, JsonObject>();
  while (!scanner.acceptEnd(Char.end)) {
    if (scanner.fieldName() === 'filter_metadata') {
      const list = beginRepeated(scanner);
      for (let more = !list || !scanner.accept(Char.closeBracket); more; more = list && nextItem(scanner)) {
        readNamespace(scanner, scanner.open(1), namespaces, wanted);
      }
    } else {
      scanner.skipFieldValue(0);
    }
    scanner.acceptSeparator();
  }
  return namespaces;
}

/** Steps to a repeated message field's first message; true where they stand in the short form `[{…}, {…}]`. */
function beginRepeated(scanner: TextScanner): boolean {
  scanner.accept(Char.colon);
  return scanner.accept(Char.openBracket);
}

function nextItem(scanner: TextScanner): boolean {
  if (scanner.accept(Char.comma)) return true;
  scanner.expect(Char.closeBracket);
  return false;
}

function openMessage(scanner: TextScanner, depth: number): number {
  scanner.accept(Char.colon);
  return scanner.open(depth);
}

function readNamespace(
  scanner: TextScanner,
  close: number,
  namespaces: Map<string, JsonObject>,
  wanted: ReadonlySet<string> | undefined,
): void {
  let key: string | undefined;
  let struct: JsonObject | undefined;
  let valueStart = -1;
  while (!scanner.acceptEnd(close)) {
    const start = scanner.position;
    const name = scanner.fieldName();
    if (name === 'key') {
      if (key !== undefined) scanner.fail('one key', start);
      key = readString(scanner);
    } else if (name === 'value') {
      if (valueStart >= 0) scanner.fail('one value', start);
      valueStart = scanner.position;
      if (wanted === undefined || (key !== undefined && wanted.has(key))) struct = readStructMessage(scanner);
      else scanner.skipFieldValue(1);
    } else {
      scanner.skipFieldValue(1);
    }
    scanner.acceptSeparator();
  }
  key ??= '';
  if (wanted !== undefined && !wanted.has(key)) return;
  if (struct === undefined && valueStart >= 0) {
    const end = scanner.position;
    scanner.position = valueStart;
    struct = readStructMessage(scanner);
    scanner.position = end;
  }
  namespaces.set(key, struct ?? {});
}

function readStructMessage(scanner: TextScanner): JsonObject {
  return readStruct(scanner, openMessage(scanner, 2), 2);
}

function readStruct(scanner: TextScanner, close: number, depth: number): JsonObject {
  const struct: JsonObject = {};
  while (!scanner.acceptEnd(close)) {
    if (scanner.fieldName() === 'fields') {
      const list = beginRepeated(scanner);
      for (let more = !list || !scanner.accept(Char.closeBracket); more; more = list && nextItem(scanner)) {
        readField(scanner, scanner.open(depth + 1), struct, depth + 1);
      }
    } else {
      scanner.skipFieldValue(depth);
    }
    scanner.acceptSeparator();
  }
  return struct;
}

function readField(scanner: TextScanner, close: number, struct: JsonObject, depth: number): void {
  let key: string | undefined;
  let value: JsonValue | undefined;
  while (!scanner.acceptEnd(close)) {
    const start = scanner.position;
    const name = scanner.fieldName();
    if (name === 'key') {
      if (key !== undefined) scanner.fail('one key', start);
      key = readString(scanner);
    } else if (name === 'value') {
      if (value !== undefined) scanner.fail('one value', start);
      value = readValue(scanner, openMessage(scanner, depth + 1), depth + 1);
    } else {
      scanner.skipFieldValue(depth);
    }
    scanner.acceptSeparator();
  }
  key ??= '';
  value ??= null;
  if (key !== '__proto__') struct[key] = value;
  else Object.defineProperty(struct, key, { value, writable: true, enumerable: true, configurable: true });
}

function readValue(scanner: TextScanner, close: number, depth: number): JsonValue {
  let value: JsonValue | undefined;
  while (!scanner.acceptEnd(close)) {
    const start = scanner.position;
    const kind = readKind(scanner, scanner.fieldName(), depth);
    if (kind !== undefined) {
      if (value !== undefined) scanner.fail('one kind of value', start);
      value = kind;
    }
    scanner.acceptSeparator();
  }
  return value ?? null;
}

function readKind(scanner: TextScanner, name: string, depth: number): JsonValue | undefined {
  switch (name) {
    case 'string_value':
      return readString(scanner);
    case 'struct_value':
      return readStruct(scanner, openMessage(scanner, depth + 1), depth + 1);
    case 'number_value':
      return readNumber(scanner);
    case 'bool_value':
      return readBool(scanner);
    case 'list_value':
      return readList(scanner, openMessage(scanner, depth + 1), depth + 1);
    case 'null_value':
      return readNull(scanner);
    default:
      scanner.skipFieldValue(depth);
      return undefined;
  }
}

function readList(scanner: TextScanner, close: number, depth: number): JsonValue[] {
  const values: JsonValue[] = [];
  while (!scanner.acceptEnd(close)) {
    if (scanner.fieldName() === 'values') {
      const list = beginRepeated(scanner);
      for (let more = !list || !scanner.accept(Char.closeBracket); more; more = list && nextItem(scanner)) {
        values.push(readValue(scanner, scanner.open(depth + 1), depth + 1));
      }
    } else {
      scanner.skipFieldValue(depth);
    }
    scanner.acceptSeparator();
  }
  return values;
}
