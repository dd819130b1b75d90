/**
 * A text that is not protobuf text format of the expected message.
 * The message says what was expected and where, and never quotes the text: metadata may hold secrets.
 */
export class TextFormatError extends Error {
  /** Offset into the text, in UTF-16 code units, from 0. */
  readonly position: number;

  constructor(expected: string, position: number) {
    super(`protobuf text format: expected ${expected} at position ${position}`);
    this.name = 'TextFormatError';
    this.position = position;
  }
}
