import type { Reader } from './reader.ts';

/** Deeper ones are refused: no config is, and each level takes room on the stack. */
const DEEPEST = 100;

export type JsonObject = Record<string, unknown>;

/**
 * A google.protobuf.Struct as plain JSON data. Objects have no prototype, so that no key is special.
 * @see https://protobuf.dev/reference/protobuf/google.protobuf/#struct
 */
export function readStruct(reader: Reader, into: JsonObject, depth = 0): void {
  if (depth > DEEPEST) throw new RangeError('a Struct is nested too deep');
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const entry: { key: string; value: unknown } = { key: '', value: null };
    reader.message((inner) => {
      while (inner.next()) {
        if (inner.field === 1) entry.key = inner.utf8();
        else if (inner.field === 2) entry.value = readValue(inner, depth);
        else inner.skip();
      }
    }, undefined);
    into[entry.key] = entry.value;
  }
}

export function emptyObject(): JsonObject {
  return Object.create(null);
}

function readValue(reader: Reader, depth: number): unknown {
  let value: unknown = null;
  reader.message((inner) => {
    while (inner.next()) {
      if (inner.field === 2) value = inner.double();
      else if (inner.field === 3) value = inner.utf8();
      else if (inner.field === 4) value = inner.bool();
      else if (inner.field === 5) {
        value = inner.message((nested, into) => readStruct(nested, into, depth + 1), emptyObject());
      } else if (inner.field === 6) value = readList(inner, depth + 1);
      else {
        inner.skip();
        if (inner.field === 1) value = null;
      }
    }
  }, undefined);
  return value;
}

function readList(reader: Reader, depth: number): unknown[] {
  if (depth > DEEPEST) throw new RangeError('a Struct is nested too deep');
  return reader.message((inner, into) => {
    while (inner.next()) {
      if (inner.field === 1) into.push(readValue(inner, depth));
      else inner.skip();
    }
  }, [] as unknown[]);
}
