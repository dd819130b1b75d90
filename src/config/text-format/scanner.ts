import { Char, CharClass, charClass, closerOf } from './chars.ts';
import { TextFormatError } from './error.ts';
import { StringAssembler } from './string.ts';

/** Protobuf's own limit on nested messages: Envoy itself could not have received anything deeper. */
export const MAX_DEPTH = 100;

const DEBUG_MARKER = 'goo.gle/debug';

/** Tokens of protobuf text format, read left to right. Every method throws `TextFormatError` and nothing else. */
export class TextScanner {
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    if (!text.isWellFormed()) this.fail('well-formed Unicode');
  }

  fail(expected: string, position = this.position): never {
    throw new TextFormatError(expected, position);
  }

  /** The next significant character's code, behind blanks and comments, or `Char.end`. */
  peek(): number {
    const code = this.#text.charCodeAt(this.position);
    return code > Char.hash ? code : this.#peekBehindBlanks();
  }

  accept(code: number): boolean {
    if (this.peek() !== code) return false;
    this.position++;
    return true;
  }

  expect(code: number): void {
    if (!this.accept(code)) this.fail(`'${String.fromCharCode(code)}'`);
  }

  /** Steps over the end of a message that `close` ends (`Char.end` for the whole text). */
  acceptEnd(close: number): boolean {
    if (this.peek() !== close) return false;
    if (close !== Char.end) this.position++;
    return true;
  }

  /** Steps over the marker of the debug form, `goo.gle/debugonly` and the like, which Envoy 1.37.0 prints first. */
  acceptDebugMarker(): void {
    this.peek();
    if (!this.#text.startsWith(DEBUG_MARKER, this.position)) return;
    this.position += DEBUG_MARKER.length;
    while ((this.#classHere() & CharClass.word) !== 0) this.position++;
    if (this.position < this.#text.length && (this.#classHere() & CharClass.blank) === 0) this.fail('a blank');
  }

  /** Opens a message at nesting `depth` and returns the code that closes it. */
  open(depth: number): number {
    const code = this.peek();
    if (code !== Char.openBrace && code !== Char.less) this.fail("'{'");
    if (depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} nested messages`);
    this.position++;
    return closerOf(code);
  }

  /** A field's name; '' for an extension's or an Any's name in brackets, which no field of ours has. */
  fieldName(): string {
    if (this.peek() === Char.openBracket) {
      this.#skipDelimited(0);
      return '';
    }
    return this.#run(CharClass.word, 'a field name');
  }

  /** A word or an unsigned number, as it stands. */
  scalar(): string {
    this.peek();
    return this.#run(CharClass.number, 'a value');
  }

  /** A separator that may end a field. */
  acceptSeparator(): void {
    const code = this.peek();
    if (code === Char.comma || code === Char.semicolon) this.position++;
  }

  /** One string value: adjacent literals, unescaped. */
  string(): string {
    if (!this.#atQuote()) this.fail('a string');
    const start = this.position;
    const end = this.#plainEnd(start);
    if (end >= 0) {
      this.position = end + 1;
      if (!this.#atQuote()) return this.#text.slice(start + 1, end);
    }
    this.position = start;
    const assembler = new StringAssembler();
    do this.position = assembler.append(this.#text, this.position);
    while (this.#atQuote());
    return assembler.finish(this.position);
  }

  /** Steps over the value of a field whose name was read, of whatever type, checking only that it is balanced. */
  skipFieldValue(depth: number): void {
    const colon = this.accept(Char.colon);
    if (closerOf(this.peek()) !== 0) {
      this.#skipDelimited(depth);
      return;
    }
    if (!colon) this.fail("':' or '{'");
    if (this.#atQuote()) {
      do this.#skipLiteral();
      while (this.#atQuote());
      return;
    }
    if (this.accept(Char.minus)) this.peek();
    this.#run(CharClass.number, 'a value');
  }

  #peekBehindBlanks(): number {
    const text = this.#text;
    let at = this.position;
    let code = text.charCodeAt(at);
    while (code === Char.hash || (charClass(code) & CharClass.blank) !== 0) {
      if (code === Char.hash) {
        const newline = text.indexOf('\n', at);
        at = newline < 0 ? text.length : newline + 1;
      } else {
        at++;
      }
      code = text.charCodeAt(at);
    }
    this.position = at;
    return at < text.length ? code : Char.end;
  }

  #classHere(): number {
    return charClass(this.#text.charCodeAt(this.position));
  }

  #atQuote(): boolean {
    const code = this.peek();
    return code === Char.quote || code === Char.apostrophe;
  }

  #run(bits: number, expected: string): string {
    const start = this.position;
    let at = start;
    while ((charClass(this.#text.charCodeAt(at)) & bits) !== 0) at++;
    if (at === start) this.fail(expected);
    this.position = at;
    return this.#text.slice(start, at);
  }

  /** Offset of the closing quote of the literal at `start`, or -1 where it holds an escape. */
  #plainEnd(start: number): number {
    const text = this.#text;
    const quote = text.charCodeAt(start);
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) return at;
      if (code === Char.backslash) return -1;
      if (code === Char.newline) break;
    }
    return this.fail('a closing quote', start);
  }

  #skipLiteral(): void {
    const text = this.#text;
    const quote = text.charCodeAt(this.position);
    let at = this.position + 1;
    for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(at)) {
      if (at >= text.length || code === Char.newline) this.fail('a closing quote', this.position);
      at += code === Char.backslash ? 2 : 1;
    }
    this.position = at + 1;
  }

  #skipDelimited(depth: number): void {
    const text = this.#text;
    const closers: number[] = [];
    do {
      let at = this.position;
      while ((charClass(text.charCodeAt(at)) & CharClass.plain) !== 0) at++;
      this.position = at;
      const code = this.peek();
      const closer = closerOf(code);
      if (code === Char.quote || code === Char.apostrophe) {
        this.#skipLiteral();
        continue;
      }
      if (closer !== 0) {
        closers.push(closer);
        if (depth + closers.length > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} nested messages`);
      } else if (code === Char.closeBrace || code === Char.greater || code === Char.closeBracket) {
        if (closers.pop() !== code) this.fail('a matching delimiter');
      } else if (code === Char.end) {
        this.fail('a closing delimiter');
      }
      this.position++;
    } while (closers.length > 0);
  }
}
