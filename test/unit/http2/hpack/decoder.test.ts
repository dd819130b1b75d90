import { describe, expect, it } from 'vitest';
import { HpackDecoder } from '../../../../src/http2/hpack/decoder.ts';

const MOST = 16 * 1024;
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function read(decoder: HpackDecoder, block: string): string[] {
  return decoder.decode(hex(block), MOST).fields.map(({ name, value }) => `${name}: ${value}`);
}

const REQUESTS = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
];
const RESPONSES = [
  [
    ':status: 302',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ],
  [
    ':status: 307',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ],
  [
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    'location: https://www.example.com',
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
];

/** Asks for what the table keeps, newest first, until there is no more. */
function kept(decoder: HpackDecoder): string[] {
  const fields: string[] = [];
  for (;;) {
    try {
      fields.push(...read(decoder, (0x80 | (62 + fields.length)).toString(16)));
    } catch {
      return fields;
    }
  }
}

describe('the examples of RFC 7541, Appendix C', () => {
  it.each([
    ['C.2.1', '400a637573746f6d2d6b65790d637573746f6d2d686561646572', 'custom-key: custom-header', true],
    ['C.2.2', '040c2f73616d706c652f70617468', ':path: /sample/path', false],
    ['C.2.3', '100870617373776f726406736563726574', 'password: secret', false],
    ['C.2.4', '82', ':method: GET', false],
  ])('%s', (_, block, field, isKept) => {
    const decoder = new HpackDecoder();
    expect(read(decoder, block)).toEqual([field]);
    expect(kept(decoder)).toEqual(isKept ? [field] : []);
  });

  it.each([
    [
      'C.3',
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
    ],
    [
      'C.4',
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        '828684be5886a8eb10649cbf',
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      ],
    ],
  ])('%s', (_, blocks) => {
    const decoder = new HpackDecoder();
    expect(blocks.map((block) => read(decoder, block))).toEqual(REQUESTS);
    expect(kept(decoder)).toEqual([
      'custom-key: custom-value',
      'cache-control: no-cache',
      ':authority: www.example.com',
    ]);
  });

  // With a table of 256 bytes, which a change of its size says.
  it.each([
    [
      'C.5',
      [
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        '4803333037c1c0bf',
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
      ],
    ],
    [
      'C.6',
      [
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        '4883640effc1c0bf',
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ],
    ],
  ])('%s', (_, blocks) => {
    const decoder = new HpackDecoder();
    read(decoder, '3fe101');
    expect(blocks.map((block) => read(decoder, block))).toEqual(RESPONSES);
    expect(kept(decoder)).toEqual([
      'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      'content-encoding: gzip',
      'date: Mon, 21 Oct 2013 20:13:22 GMT',
    ]);
  });
});

describe('the dynamic table', () => {
  const field = (name: string, value: string) =>
    `40${name.length.toString(16).padStart(2, '0')}${Buffer.from(name).toString('hex')}` +
    `${value.length.toString(16).padStart(2, '0')}${Buffer.from(value).toString('hex')}`;

  it('drops the oldest for what is new', () => {
    const decoder = new HpackDecoder();
    // 100 bytes each: 4096 hold 40.
    const names = Array.from({ length: 100 }, (_, nth) => `n${String(nth).padStart(7, '0')}`);
    for (const name of names) read(decoder, field(name, 'v'.repeat(60)));
    expect(kept(decoder)).toEqual(
      names
        .reverse()
        .slice(0, 40)
        .map((name) => `${name}: ${'v'.repeat(60)}`),
    );
  });

  it('is emptied by a field that is larger, which is read all the same', () => {
    const decoder = new HpackDecoder();
    read(decoder, `3f${(64 - 31).toString(16)}${field('a', 'b')}`);
    expect(kept(decoder)).toEqual(['a: b']);
    expect(read(decoder, field('large', 'v'.repeat(40)))).toEqual([`large: ${'v'.repeat(40)}`]);
    expect(kept(decoder)).toEqual([]);
    read(decoder, field('c', 'd'));
    expect(kept(decoder)).toEqual(['c: d']);
  });

  it('shrinks and grows again where the peer says so', () => {
    const decoder = new HpackDecoder();
    for (const name of ['a', 'b', 'c']) read(decoder, field(name, ''));
    read(decoder, `3f${(66 - 31).toString(16)}`);
    expect(kept(decoder)).toEqual(['c: ', 'b: ']);
    // To nothing, and to 4096, in one block.
    read(decoder, `203fe11f${field('d', '')}`);
    expect(kept(decoder)).toEqual(['d: ']);
  });

  it('refers to names that it is about to drop', () => {
    const decoder = new HpackDecoder();
    read(decoder, `3f09${field('name', 'v')}`);
    expect(read(decoder, '7e0177')).toEqual(['name: w']);
    expect(kept(decoder)).toEqual(['name: w']);
  });
});

describe('broken blocks', () => {
  it.each([
    ['an index of nothing', '80'],
    ['an index behind the tables', 'be'],
    ['a name of an index behind the tables', '7e0161'],
    ['a table that is larger than allowed', '3fe21f'],
    ['a change of the table behind a field', '8220'],
    ['an integer that is cut off', 'ff80'],
    ['an integer without end', 'ff8080808080808080808001'],
    ['a string that is cut off', '400161'],
    ['a string that is longer than the block', '4001617f80ff07'],
    ['Huffman: the end mark', '400161 84ffffffff'],
    ['Huffman: padding of zeros', '400161 8100'],
    ['Huffman: padding of eight ones', '400161 821fff'],
  ])('%s', (_, block) => {
    expect(() => read(new HpackDecoder(), block)).toThrow(expect.objectContaining({ code: 9 }));
  });
});

it('a list that is too large is cut off, counted in full, and kept for later blocks', () => {
  const decoder = new HpackDecoder();
  read(decoder, `4001617f01${'62'.repeat(128)}`);
  const { fields, size } = decoder.decode(Buffer.alloc(1000, 0xbe), 1000);
  expect(fields.length).toBe(Math.floor(1000 / (33 + 128)));
  expect(size).toBe(1000 * (33 + 128));
});
