import type { JsonObject, JsonValue } from '../../src/config/text-format/index.ts';
import type { Prng } from './prng.ts';

const SAMPLE_CHARS = [
  ...'abcXYZ019 _-./:{}[]<>"\'\\#;,\n\t\r\0\x7f',
  'é',
  'ß',
  '中',
  '\u07ff',
  '\u0800',
  '\uffff',
  '😀',
  '\u{10ffff}',
];
const SAMPLE_KEYS = ['__proto__', 'constructor', 'toString', 'fields', 'key', '', '0', 'aws_region'];

/** A printer of `core.v3.Metadata` in the text format, independent of the parser, that takes every freedom it has. */
export function printMetadata(random: Prng, metadata: ReadonlyMap<string, JsonObject>, debug: boolean): string {
  const tokens = random.shuffle([...metadata]).flatMap(([key, struct]) => {
    const value = message(random, 'value', printStruct(random, struct));
    return message(random, 'filter_metadata', random.shuffle([stringField(random, 'key', key), value]));
  });
  const blank = debug ? () => random.pick([' ', '  ', '\n', ' \n', '\n\n  ', '\t']) : () => ' ';
  const text = tokens.map((token) => `${token}${blank()}`).join('');
  return debug ? `goo.gle/debugonly${blank()}${text}` : text;
}

/** A random Struct as JSON, nested up to `depth` more levels. */
export function randomStruct(random: Prng, depth: number): JsonObject {
  const keys = Array.from({ length: random.int(5) }, () =>
    random.chance(0.3) ? random.pick(SAMPLE_KEYS) : randomText(random, 6),
  );
  return Object.fromEntries(keys.map((key) => [key, randomValue(random, depth)]));
}

export function randomText(random: Prng, maxLength: number): string {
  return Array.from({ length: random.int(maxLength + 1) }, () => random.pick(SAMPLE_CHARS)).join('');
}

function randomValue(random: Prng, depth: number): JsonValue {
  switch (random.int(depth > 0 ? 6 : 4)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick([0, 1, -1, 300, 0.5, -2.5e-7, 1e6, 1e21, 1.7976931348623157e308, 5e-324, random.next()]);
    case 3:
      return randomText(random, 20);
    case 4:
      return Array.from({ length: random.int(4) }, () => randomValue(random, depth - 1));
    default:
      return randomStruct(random, depth - 1);
  }
}

function printStruct(random: Prng, struct: JsonObject): string[] {
  const entries = random.shuffle(Object.entries(struct)).map(([key, value]) => {
    const parts = [stringField(random, 'key', key), message(random, 'value', printValue(random, value))];
    return random.shuffle(parts).flat();
  });
  return repeated(random, 'fields', entries);
}

function printValue(random: Prng, value: JsonValue): string[] {
  if (value === null) return random.chance(0.3) ? [] : ['null_value:', random.pick(['NULL_VALUE', '0'])];
  if (typeof value === 'boolean') return ['bool_value:', String(value)];
  if (typeof value === 'string') return stringField(random, 'string_value', value);
  if (typeof value === 'number') return ['number_value:', String(value)];
  if (!Array.isArray(value)) return message(random, 'struct_value', printStruct(random, value));
  return message(
    random,
    'list_value',
    repeated(
      random,
      'values',
      value.map((item) => printValue(random, item)),
    ),
  );
}

function message(random: Prng, name: string, content: string[] | string[][]): string[] {
  const [open, close] = random.chance(0.9) ? ['{', '}'] : ['<', '>'];
  return [random.chance(0.9) ? name : `${name}:`, open, ...content.flat(), close, ...separator(random)];
}

function repeated(random: Prng, name: string, items: string[][]): string[] {
  if (random.chance(0.9)) return items.flatMap((item) => message(random, name, item));
  return [name, '[', ...items.flatMap((item, index) => [...(index > 0 ? [','] : []), '{', ...item, '}']), ']'];
}

function stringField(random: Prng, name: string, text: string): string[] {
  const style = random.int(STYLES);
  const quote = random.pick(['"', "'"]);
  const escaped = [...text].map((char) => escapeChar(char, style, quote));
  const cut = random.chance(0.1) ? random.int(escaped.length + 1) : 0;
  const literals = cut > 0 ? [escaped.slice(0, cut), escaped.slice(cut)] : [escaped];
  return [`${name}:`, ...literals.map((chars) => `${quote}${chars.join('')}${quote}`), ...separator(random)];
}

function separator(random: Prng): string[] {
  return random.chance(0.1) ? [random.pick([',', ';', '# a } comment "\n'])] : [];
}

const STYLES = 5;
const NAMED: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };

/** Style 0 is what C++ prints: UTF-8 bytes in octal. The others are allowed and read alike. */
function escapeChar(char: string, style: number, quote: string): string {
  const code = char.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(char)];
  const octal = bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  if (style === 1) return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  if (style === 2) return code > 0xffff ? surrogates(char) : `\\u${hex(code, 4)}`;
  if (style === 3) return `\\U${hex(code, 8)}`;
  if (char === quote) return `\\${char}`;
  const named = NAMED[char];
  if (named !== undefined) return named;
  if (code < 0x20 || code === 0x7f) return octal;
  return code > 0x7f && style === 0 ? octal : char;
}

function surrogates(char: string): string {
  return `\\u${hex(char.charCodeAt(0), 4)}\\u${hex(char.charCodeAt(1), 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
