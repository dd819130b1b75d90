/** Codes of the characters that mean something in text format. */
export const Char = {
  end: -1,
  newline: 0x0a,
  quote: 0x22,
  hash: 0x23,
  apostrophe: 0x27,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  colon: 0x3a,
  semicolon: 0x3b,
  less: 0x3c,
  greater: 0x3e,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** Bits of `charClass`: what a character may be part of; `plain` is what a skip need not look at. */
export const CharClass = { blank: 1, word: 2, number: 4, plain: 8 } as const;

const CLASSES = new Uint8Array(128);
for (let code = 0; code < CLASSES.length; code++) {
  const char = String.fromCharCode(code);
  if (/\w/.test(char)) CLASSES[code] = CharClass.word | CharClass.number | CharClass.plain;
  else if (/[ \t\n\v\f\r]/.test(char)) CLASSES[code] = CharClass.blank | CharClass.plain;
  else if (/[-+.]/.test(char)) CLASSES[code] = CharClass.number | CharClass.plain;
  else if (/[:/,;]/.test(char)) CLASSES[code] = CharClass.plain;
}

/** The `CharClass` bits of a character; 0 for everything outside ASCII and for the NaN behind the text's end. */
export function charClass(code: number): number {
  return code < CLASSES.length ? (CLASSES[code] ?? 0) : 0;
}

/** The closing counterpart of an opening delimiter, or 0 for any other character. */
export function closerOf(code: number): number {
  if (code === Char.openBrace) return Char.closeBrace;
  if (code === Char.less) return Char.greater;
  return code === Char.openBracket ? Char.closeBracket : 0;
}
