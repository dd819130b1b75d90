export interface HeaderField {
  readonly name: string;
  /** One character for each byte. */
  readonly value: string;
  /** Whether HTTP/2 allows it in a request; one that it does not keeps its place in the tables all the same. */
  readonly isValid: boolean;
}

/** What a field counts for, in tables and in a list's limit. @see https://www.rfc-editor.org/rfc/rfc7541 §4.1 */
export function fieldSize({ name, value }: HeaderField): number {
  return name.length + value.length + 32;
}

/** In lower case. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Without NUL, CR and LF, and without blanks at its ends. */
const VALUE = /^(?![ \t])[^\0\r\n]*(?<![ \t])$/;
/** Of a connection, in HTTP/1.1's sense: HTTP/2 has no place for them. */
const OF_A_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** @see https://www.rfc-editor.org/rfc/rfc9113 §8.2.1, §8.2.2 */
export function headerField(name: string, value: string): HeaderField {
  const isAllowed = !OF_A_CONNECTION.has(name) && (name !== 'te' || value === 'trailers');
  return { name, value, isValid: isAllowed && NAME.test(name) && VALUE.test(value) };
}
