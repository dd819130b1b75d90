import { ConnectionError, ErrorCode, Flag } from './codes.ts';

/** More CONTINUATION frames than that are not for a peer that means well, however short they are. */
const MOST_FRAMES = 64;

/** Puts a header block together of HEADERS and CONTINUATION. @see https://www.rfc-editor.org/rfc/rfc9113 §4.3 */
export class HeaderBlock {
  readonly #mostBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Whose block goes on, so that no other frame may come; 0: none. */
  streamId = 0;
  endsStream = false;

  /** @param mostBytes as it comes over the wire */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @returns the whole block, if the frame holds it */
  begin(streamId: number, flags: number, fragment: Buffer): Buffer | undefined {
    this.streamId = streamId;
    this.endsStream = (flags & Flag.END_STREAM) !== 0;
    return this.add(flags, fragment);
  }

  /**
   * @returns the whole block, if it ends with the frame
   * @throws ConnectionError ENHANCE_YOUR_CALM
   */
  add(flags: number, fragment: Buffer): Buffer | undefined {
    this.#bytes += fragment.length;
    const isWhole = (flags & Flag.END_HEADERS) !== 0;
    if (isWhole && this.#parts.length === 0) return this.#end(fragment);
    if (this.#bytes > this.#mostBytes || this.#parts.length >= MOST_FRAMES) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'headers without end');
    }
    this.#parts.push(Buffer.from(fragment));
    return isWhole ? this.#end(Buffer.concat(this.#parts)) : undefined;
  }

  #end(block: Buffer): Buffer {
    this.#parts = [];
    this.#bytes = 0;
    this.streamId = 0;
    return block;
  }
}
