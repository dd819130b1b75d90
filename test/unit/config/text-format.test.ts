import { describe, expect, it } from 'vitest';
import {
  type JsonObject,
  type JsonValue,
  parseMetadataText,
  TextFormatError,
} from '../../../src/config/text-format/index.ts';

const ENVOY_LINE =
  'filter_metadata { key: "ns" value { fields { key: "region" value { string_value: "us-east-1" } } } } ';

/** The value that the text of one `google.protobuf.Value` parses to. */
function jsonOf(text: string): JsonValue | undefined {
  return parseMetadataText(`filter_metadata { key: "n" value { fields { key: "k" value { ${text} } } } }`).get('n')?.k;
}

function structOf(text: string): JsonObject | undefined {
  return parseMetadataText(`filter_metadata { key: "n" value { ${text} } }`).get('n');
}

function errorOf(text: string, wanted?: ReadonlySet<string>): TextFormatError {
  try {
    parseMetadataText(text, wanted);
  } catch (error) {
    if (error instanceof TextFormatError) return error;
    throw error;
  }
  throw new Error('parsed without an error');
}

describe('the forms that Envoy prints', () => {
  it('reads the plain form', () => {
    expect(parseMetadataText(ENVOY_LINE)).toStrictEqual(new Map([['ns', { region: 'us-east-1' }]]));
  });

  it('reads the debug form of 1.37.0', () => {
    const debug = `goo.gle/debugonly  \n${ENVOY_LINE.replaceAll(' ', ' \n ')}`;
    expect(parseMetadataText(debug)).toStrictEqual(new Map([['ns', { region: 'us-east-1' }]]));
    expect(parseMetadataText('goo.gle/debugonly')).toStrictEqual(new Map());
    expect(errorOf(`goo.gle/debugonly:${ENVOY_LINE}`).position).toBe(17);
  });

  it('reads nothing as no namespaces', () => {
    expect(parseMetadataText('').size).toBe(0);
    expect(parseMetadataText(' \n# only a comment').size).toBe(0);
  });

  it('skips typed metadata and unknown fields, whatever they hold', () => {
    const noise = [
      'typed_filter_metadata { key: "t" value { [type.googleapis.com/x.Y] { a: "}" b < c: [1, {d: \'>\'}] > } } }',
      'typed_filter_metadata { key: "t" value { type_url: "x/y" value: "\\n\\001}\\"" "{" } }',
      '[ext.name] { # }\n } 12: 0x1F, 13: - inf; 14: [ ] 15 { 1: 1e+06 }',
    ];
    expect(parseMetadataText(`${noise[0]} ${noise[1]} ${ENVOY_LINE} ${noise[2]}`)).toStrictEqual(
      new Map([['ns', { region: 'us-east-1' }]]),
    );
    expect(structOf(`x: 1 fields { y: 2 key: "a" value { z: 3 bool_value: true } }`)).toStrictEqual({ a: true });
  });
});

describe('values', () => {
  it.each<[string, JsonValue]>([
    ['string_value: ""', ''],
    ["string_value:'it\"s'", 'it"s'],
    ['number_value: 0', 0],
    ['number_value: 1e+06', 1_000_000],
    ['number_value: - 2.5f', -2.5],
    ['number_value: .5', 0.5],
    ['number_value: 5.', 5],
    ['bool_value: true', true],
    ['bool_value: f', false],
    ['null_value: NULL_VALUE', null],
    ['null_value: 0', null],
    ['', null],
    ['list_value { }', []],
    ['list_value { values { } values { number_value: 1 } values: < string_value: "x" > }', [null, 1, 'x']],
    ['list_value { values: [{ number_value: 1 }, { list_value { values { bool_value: true } } }] }', [1, [true]]],
    ['list_value { values: [] }', []],
    ['struct_value { }', {}],
    [
      'struct_value: < fields { key: "a" value { struct_value { fields { key: "b" value { } } } } } >',
      { a: { b: null } },
    ],
  ])('%s', (text, value) => {
    expect(jsonOf(text)).toStrictEqual(value);
  });

  it.each([
    'number_value: inf',
    'number_value: -inf',
    'number_value: nan',
    'number_value: 1e999',
    'number_value: 0x10',
    'number_value: 017',
    'number_value: +1',
    'number_value: --1',
    'number_value: 1e',
    'number_value: 1.2.3',
    'number_value: f',
    'number_value:',
    'bool_value: yes',
    'null_value: 1',
    'string_value "x"',
    'string_value: x',
    'string_value: ["x"]',
    'string_value: "a\nb"',
    'string_value: "\\t\nb"',
    'unknown 1',
    'unknown "x"',
    'string_value: "open',
    'list_value { values: [{ },] }',
    'list_value { values { number_value: 1 ] }',
    'string_value: "a" bool_value: true',
    'null_value: 0 null_value: 0',
  ])('refuses %s', (text) => {
    expect(() => jsonOf(text)).toThrow(TextFormatError);
  });
});

describe('strings', () => {
  it.each([
    ['"\\a\\b\\f\\n\\r\\t\\v\\?\\\\\\\'\\""', '\x07\b\f\n\r\t\v?\\\'"'],
    ['"\\303\\251 \\x41 \\xc3\\xA9 \\X9z \\7 \\0011"', 'é A é \tz \x07 \x011'],
    ['"\\u00e9\\U0001F600\\uD83D\\uDE00 raw é"', 'é😀😀 raw é'],
    ['"\\360\\237\\230\\200"', '😀'],
    ['"a" \'b\'\n# between\n"c"', 'abc'],
    ['"\\303" "\\251"', 'é'],
    ['"plain" "\\n" "plain"', 'plain\nplain'],
  ])('%s', (literal, text) => {
    expect(jsonOf(`string_value: ${literal}`)).toBe(text);
  });

  it.each([
    ['an unknown escape', '"\\q"'],
    ['an octal escape past one byte', '"\\765\\277\\277\\277"'],
    ['an empty hex escape', '"\\xg"'],
    ['a short Unicode escape', '"\\u12"'],
    ['a value past U+10FFFF', '"\\U00110000"'],
    ['a lone surrogate', '"\\uD83D"'],
    ['surrogates the wrong way round', '"\\uDE00\\uD83D"'],
    ['a lone continuation byte', '"\\251"'],
    ['a sequence cut short', '"\\303"'],
    ['a sequence cut by text', '"\\303x\\251"'],
    ['an overlong form', '"\\xc0\\x80"'],
    ['an overlong form of three bytes', '"\\xe0\\x80\\x80"'],
    ['an encoded surrogate', '"\\xed\\xa0\\x80"'],
    ['bytes past U+10FFFF', '"\\xf4\\x90\\x80\\x80"'],
    ['a raw lone surrogate', '"\ud83d"'],
  ])('refuses %s', (_name, literal) => {
    expect(() => jsonOf(`string_value: ${literal}`)).toThrow(TextFormatError);
  });
});

describe('map entries', () => {
  it('takes key and value in either order, with a default for what is missing', () => {
    expect(structOf('fields { value { bool_value: true } key: "a" } fields { key: "b" } fields { }')).toStrictEqual({
      a: true,
      b: null,
      '': null,
    });
    expect(parseMetadataText('filter_metadata { key: "a" } filter_metadata { }')).toStrictEqual(
      new Map([
        ['a', {}],
        ['', {}],
      ]),
    );
  });

  it('lets the last of a repeated key win', () => {
    const entry = (value: number) => `fields { key: "a" value { number_value: ${value} } }`;
    expect(structOf(`${entry(1)} ${entry(2)}`)).toStrictEqual({ a: 2 });
    const namespace = (value: number) => `filter_metadata { key: "n" value { ${entry(value)} } }`;
    expect(parseMetadataText(`${namespace(1)}${namespace(2)}`).get('n')).toStrictEqual({ a: 2 });
  });

  it('refuses a second key or value in one entry', () => {
    expect(() => structOf('fields { key: "a" key: "b" }')).toThrow(TextFormatError);
    expect(() => structOf('fields { value { } value { } }')).toThrow(TextFormatError);
    expect(errorOf('filter_metadata { value { } value { } }')).toBeInstanceOf(TextFormatError);
    expect(errorOf('filter_metadata { key: "a" key: "b" }')).toBeInstanceOf(TextFormatError);
  });

  it('makes __proto__ an own property like any other', () => {
    const struct = structOf(
      'fields { key: "__proto__" value { struct_value { fields { key: "polluted" value { bool_value: true } } } } }',
    );
    expect(struct && Object.keys(struct)).toStrictEqual(['__proto__']);
    expect(struct && Object.getPrototypeOf(struct)).toBe(Object.prototype);
    expect(struct?.polluted).toBeUndefined();
  });
});

describe('wanted namespaces', () => {
  const other = 'filter_metadata { key: "other" value { fields { key: "k" value { string_value: "\\q}" } } } }';
  const wanted = new Set(['ns']);

  it('builds only these, wherever the key stands', () => {
    expect(parseMetadataText(other + ENVOY_LINE, wanted)).toStrictEqual(new Map([['ns', { region: 'us-east-1' }]]));
    const reversed = 'filter_metadata: [{ value { fields { key: "a" value { } } } key: "ns" }, { value { } key: "x" }]';
    expect(parseMetadataText(`${reversed} ${other}`, wanted)).toStrictEqual(new Map([['ns', { a: null }]]));
  });

  it('still asks of the others that they are balanced', () => {
    expect(errorOf('filter_metadata { key: "other" value { fields { > } }', wanted).position).toBe(48);
    expect(errorOf(other.slice(0, -1), wanted)).toBeInstanceOf(TextFormatError);
  });

  it('parses a wanted value in full when its key follows', () => {
    expect(
      errorOf('filter_metadata { value { fields { value { number_value: nan } } } key: "ns" }', wanted),
    ).toBeDefined();
  });
});

describe('limits', () => {
  const nested = (levels: number) => `${'struct_value { fields { value { '.repeat(levels)}${'} } } '.repeat(levels)}`;

  it('takes 100 nested messages and refuses more, also where it skips', () => {
    expect(jsonOf(nested(32))).toBeDefined();
    expect(() => jsonOf(nested(33))).toThrow('at most 100 nested messages');
    expect(() => jsonOf(`unknown ${'{'.repeat(96)}${'}'.repeat(96)}`)).not.toThrow();
    expect(() => jsonOf(`unknown ${'{'.repeat(97)}${'}'.repeat(97)}`)).toThrow('at most 100 nested messages');
  });

  it.each([
    ['unclosed messages', 'a{'.repeat(1_000_000)],
    ['unclosed lists', 'a['.repeat(1_000_000)],
    ['nested values', `filter_metadata { value { ${'fields { value { struct_value { '.repeat(50_000)}`],
    ['an open string', `filter_metadata { key: "${'x'.repeat(2_000_000)}`],
    ['blanks', ' '.repeat(2_000_000)],
    ['comments', '#\n'.repeat(1_000_000)],
    ['adjacent literals', `filter_metadata { key: ${'"a" '.repeat(500_000)}}`],
    ['escaped bytes', `filter_metadata { key: "${'\\303\\251'.repeat(250_000)}" }`],
    ['entries', 'filter_metadata { value { fields { value { } key: "a" } } key: "n" }'.repeat(30_000)],
  ])('takes time linear in the length: %s', (_name, text) => {
    const started = performance.now();
    try {
      parseMetadataText(text, new Set(['n']));
    } catch (error) {
      expect(error).toBeInstanceOf(TextFormatError);
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('says where and what, and never quotes the text', () => {
    const error = errorOf('filter_metadata { key: "n" value { s3cr3t: s3cr3t fields { key: s3cr3t } } }');
    expect(error.position).toBe(64);
    expect(error.message).toBe('protobuf text format: expected a string at position 64');
  });
});
