import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { privateNote } from '../../../src/signing/index.ts';

it('keeps what was noted last on an object, and nothing on others', () => {
  const note = privateNote<string>();
  const object = {};
  expect(note.get(object)).toBeUndefined();
  note.set(object, 'first');
  note.set(object, 'second');
  expect(note.get(object)).toBe('second');
  expect(note.get({})).toBeUndefined();
});

it('is not another note', () => {
  const [one, other] = [privateNote<string>(), privateNote<string>()];
  const object = {};
  one.set(object, 'of the one');
  expect(other.get(object)).toBeUndefined();
});

it('works on what is frozen, as credentials may be', () => {
  const note = privateNote<string>();
  const frozen = Object.freeze({});
  note.set(frozen, 'noted');
  expect(note.get(frozen)).toBe('noted');
});

it('shows in no listing, log or copy', () => {
  const note = privateNote<string>();
  const object = { accessKeyId: 'AKIDEXAMPLE' };
  note.set(object, 'a derived key');
  expect(Reflect.ownKeys(object)).toEqual(['accessKeyId']);
  expect(JSON.stringify(object)).not.toContain('derived');
  expect(inspect(object, { showHidden: true, depth: null })).not.toContain('derived');
  expect(note.get({ ...object })).toBeUndefined();
  expect(note.get(structuredClone(object))).toBeUndefined();
});
