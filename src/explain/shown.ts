/**
 * A text of one byte per character as a person can read it: UTF-8 where it is that, and every byte or character that a
 * terminal would not show as itself written out, so that nothing in it can steer the terminal.
 */
export function shown(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  const isUtf8 = !text.includes('\ufffd');
  const readable = isUtf8 ? text : bytes.replace(/[\x80-\xff]/g, (byte) => escaped(byte));
  return readable.replace(INVISIBLE, (character) => (character === '\t' ? '\\t' : escaped(character)));
}

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`;
}
