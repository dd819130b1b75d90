import type { HeaderField } from './hpack/header-field.ts';

const COLON = 0x3a;
const REQUIRED = [':method', ':scheme', ':path'] as const;
const PSEUDO = new Set<string>([...REQUIRED, ':authority']);

/** The header list of one request. */
export class RequestHeaders {
  readonly #fields: readonly HeaderField[];

  constructor(fields: readonly HeaderField[]) {
    this.#fields = fields;
  }

  /**
   * Values of a name that came more than once are joined by a comma and a blank.
   * @param name in lower case
   */
  get(name: string): string | undefined {
    let joined: string | undefined;
    for (const field of this.#fields) {
      if (field.name === name) joined = joined === undefined ? field.value : `${joined}, ${field.value}`;
    }
    return joined;
  }

  /** Of the body, in bytes; undefined where it is not announced, NaN where it is by no number. */
  get contentLength(): number | undefined {
    const value = this.get('content-length');
    return value === undefined ? undefined : /^\d+$/.test(value) ? Number(value) : Number.NaN;
  }

  /**
   * Whether they are a request's: pseudo-headers first and once, none missing, nothing that HTTP/2 forbids.
   * @see https://www.rfc-editor.org/rfc/rfc9113 §8.2, §8.3
   */
  get areWellFormed(): boolean {
    const fields = this.#fields;
    let pseudo = 0;
    for (let index = 0; index < fields.length; index++) {
      const { name, isValid } = fields[index] as HeaderField;
      if (!isValid) return false;
      if (name.charCodeAt(0) !== COLON) continue;
      if (index !== pseudo++ || !PSEUDO.has(name)) return false;
      for (let before = 0; before < index; before++) if (fields[before]?.name === name) return false;
    }
    return REQUIRED.every((name) => this.get(name));
  }
}
