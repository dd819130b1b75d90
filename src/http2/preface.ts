import { ConnectionError, ErrorCode } from './codes.ts';

/** What a client says first. @see https://www.rfc-editor.org/rfc/rfc9113 §3.4 */
const TEXT = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Takes the preface off the beginning of a connection. */
export class Preface {
  #seen = 0;

  /**
   * @returns what comes behind it
   * @throws ConnectionError for anything else
   */
  strip(chunk: Buffer): Buffer {
    if (this.#seen === TEXT.length) return chunk;
    const length = Math.min(chunk.length, TEXT.length - this.#seen);
    if (chunk.compare(TEXT, this.#seen, this.#seen + length, 0, length) !== 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'no connection of HTTP/2');
    }
    this.#seen += length;
    return chunk.subarray(length);
  }
}
