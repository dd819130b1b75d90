import type { RequestHeaders } from '../http2/index.ts';

/** What a peer says ahead of its messages. Nothing is decoded but what is asked for. */
export class Metadata {
  readonly #headers: Pick<RequestHeaders, 'get'>;

  constructor(headers: Pick<RequestHeaders, 'get'>) {
    this.#headers = headers;
  }

  /** gRPC's `:authority`. */
  get authority(): string | undefined {
    return this.#headers.get(':authority') ?? this.#headers.get('host');
  }

  /**
   * The value of a key, in lower case; undefined where it is absent or holds more than printable ASCII. Values of a key
   * that came more than once are joined by a comma and a blank.
   */
  text(key: string): string | undefined {
    const value = this.#headers.get(key);
    return value !== undefined && PRINTABLE.test(value) ? value : undefined;
  }

  /** The first value of a key that ends in `-bin`. */
  binary(key: `${string}-bin`): Buffer | undefined {
    const value = this.#headers.get(key);
    if (value === undefined) return undefined;
    const comma = value.indexOf(',');
    return Buffer.from(comma < 0 ? value : value.slice(0, comma), 'base64');
  }
}

const PRINTABLE = /^[ -~]*$/;

/** Text as grpc-message has it: of UTF-8's bytes all that are not printable ASCII, and `%`, as `%XX`. */
export function encodeMessage(text: string): string {
  if (PRINTABLE.test(text) && !text.includes('%')) return text;
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
