import { STATIC_TABLE } from './static-table.ts';

/** Where the static table has a field, or at least its name. */
const INDEX_OF_FIELD = new Map<string, number>();
const INDEX_OF_NAME = new Map<string, number>();
STATIC_TABLE.forEach(({ name, value }, index) => {
  if (value !== '') INDEX_OF_FIELD.set(`${name}\0${value}`, index + 1);
  if (!INDEX_OF_NAME.has(name)) INDEX_OF_NAME.set(name, index + 1);
});

/**
 * Encodes a header block that the peer need keep nothing of, so that it is the same at any time, on any connection.
 * @param fields their values of one byte for each character
 */
export function encodeHeaders(fields: Readonly<Record<string, string>>): Buffer {
  const bytes: number[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const indexed = INDEX_OF_FIELD.get(`${name}\0${value}`);
    if (indexed !== undefined) {
      integer(bytes, 0x80, 7, indexed);
      continue;
    }
    const nameIndex = INDEX_OF_NAME.get(name) ?? 0;
    integer(bytes, 0, 4, nameIndex);
    if (nameIndex === 0) string(bytes, name);
    string(bytes, value);
  }
  return Buffer.from(bytes);
}

function string(bytes: number[], text: string): void {
  integer(bytes, 0, 7, text.length);
  bytes.push(...Buffer.from(text, 'latin1'));
}

/** @see https://www.rfc-editor.org/rfc/rfc7541 §5.1 */
function integer(bytes: number[], first: number, prefixBits: number, value: number): void {
  const most = 2 ** prefixBits - 1;
  if (value < most) {
    bytes.push(first | value);
    return;
  }
  bytes.push(first | most);
  let rest = value - most;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}
