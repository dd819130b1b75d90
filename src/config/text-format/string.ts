import { Char } from './chars.ts';
import { TextFormatError } from './error.ts';

/** Single-character escapes of the text format, by the character after the backslash. */
const SIMPLE_ESCAPES = new Map(
  [...'abfnrtv?\\\'"'].map((name, index) => [name.charCodeAt(0), '\x07\b\f\n\r\t\v?\\\'"'.charAt(index)]),
);

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/**
 * The text of one string value, built from plain runs and escaped bytes. Byte escapes form UTF-8 together, also across
 * adjacent literals; anything that is not well-formed UTF-8 (overlong, surrogate, cut short) is a `TextFormatError`.
 */
export class StringAssembler {
  #text = '';
  #missing = 0;
  #codePoint = 0;
  #low = 0x80;
  #high = 0xbf;

  /** The whole string; `position` is where an unfinished sequence is reported. */
  finish(position: number): string {
    this.#requireBoundary(position);
    return this.#text;
  }

  /** Reads the literal whose opening quote is at `start` and returns the offset behind its closing quote. */
  append(text: string, start: number): number {
    const quote = text.charCodeAt(start);
    let runStart = start + 1;
    let at = runStart;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote || code === Char.backslash) {
        if (at > runStart) this.#appendText(text.slice(runStart, at), runStart);
        if (code === quote) return at + 1;
        at = this.#escape(text, at + 1);
        runStart = at;
      } else if (at >= text.length || code === Char.newline) {
        throw new TextFormatError('a closing quote', at);
      } else {
        at++;
      }
    }
  }

  #escape(text: string, at: number): number {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x37) return this.#octal(text, at);
    const simple = SIMPLE_ESCAPES.get(code);
    if (simple !== undefined) {
      this.#appendText(simple, at);
      return at + 1;
    }
    if (code === 0x78 || code === 0x58) return this.#hexByte(text, at + 1);
    if (code === 0x75) return this.#unicode(text, at + 1, 4);
    if (code === 0x55) return this.#unicode(text, at + 1, 8);
    throw new TextFormatError('an escape sequence', at);
  }

  #octal(text: string, start: number): number {
    let byte = 0;
    let at = start;
    for (; at < start + 3; at++) {
      const digit = text.charCodeAt(at) - 0x30;
      if (!(digit >= 0 && digit <= 7)) break;
      byte = byte * 8 + digit;
    }
    this.#appendByte(byte, start);
    return at;
  }

  #hexByte(text: string, start: number): number {
    const high = hexDigit(text.charCodeAt(start));
    if (high < 0) throw new TextFormatError('a hexadecimal digit', start);
    const low = hexDigit(text.charCodeAt(start + 1));
    this.#appendByte(low < 0 ? high : high * 16 + low, start);
    return low < 0 ? start + 1 : start + 2;
  }

  #unicode(text: string, start: number, digits: number): number {
    let codePoint = readHex(text, start, digits);
    let end = start + digits;
    // A pair of \u escapes may spell one character, as in JSON; C++ protobuf reads it so.
    if (codePoint >= 0xd800 && codePoint <= 0xdbff && text.startsWith('\\u', end)) {
      const trail = readHex(text, end + 2, 4);
      if (trail >= 0xdc00 && trail <= 0xdfff) {
        codePoint = 0x10000 + ((codePoint - 0xd800) << 10) + (trail - 0xdc00);
        end += 6;
      }
    }
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
      throw new TextFormatError('a Unicode scalar value', start);
    }
    this.#appendText(String.fromCodePoint(codePoint), start);
    return end;
  }

  #appendText(text: string, position: number): void {
    this.#requireBoundary(position);
    this.#text += text;
  }

  #appendByte(byte: number, position: number): void {
    if (this.#missing === 0) {
      if (byte < 0x80) this.#text += String.fromCharCode(byte);
      else this.#lead(byte, position);
      return;
    }
    if (byte < this.#low || byte > this.#high) throw new TextFormatError('well-formed UTF-8', position);
    this.#low = 0x80;
    this.#high = 0xbf;
    this.#codePoint = this.#codePoint * 64 + (byte & 0x3f);
    if (--this.#missing === 0) this.#text += String.fromCodePoint(this.#codePoint);
  }

  // The bounds on the second byte rule out overlong forms, surrogates and values past U+10FFFF (Unicode, table 3-7).
  #lead(byte: number, position: number): void {
    if (byte < 0xc2 || byte > 0xf4) throw new TextFormatError('well-formed UTF-8', position);
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#codePoint = byte & (0x3f >> this.#missing);
    if (byte === 0xe0) this.#low = 0xa0;
    else if (byte === 0xf0) this.#low = 0x90;
    else if (byte === 0xed) this.#high = 0x9f;
    else if (byte === 0xf4) this.#high = 0x8f;
  }

  #requireBoundary(position: number): void {
    if (this.#missing !== 0) throw new TextFormatError('well-formed UTF-8', position);
  }
}

function readHex(text: string, start: number, digits: number): number {
  let value = 0;
  for (let at = start; at < start + digits; at++) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit < 0) throw new TextFormatError('a hexadecimal digit', at);
    value = value * 16 + digit;
  }
  return value;
}
