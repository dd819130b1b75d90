import { expect, it } from 'vitest';
import { readXml, type XmlElement } from '../../../src/credentials/xml.ts';
import { fuzzSeed, type Prng, prng } from '../../support/prng.ts';

const DOCUMENTS = 3_000;
const LARGE = 256 * 1024;
const NAMES = ['Credentials', 'AccessKeyId', 'Error', 'Code', 'a', 'sts:b', '__proto__', 'constructor'];
const CHARACTERS = ['a', 'Z', '0', '/', '+', '=', ' ', '\n', '<', '>', '&', '"', "'", ']]', '--', 'ä', '€', '😀'];

function tree(random: Prng, depth: number): XmlElement {
  const name = random.pick(NAMES);
  if (depth === 0 || random.chance(0.4)) return { name, text: textOf(random), children: [] };
  return { name, text: '', children: Array.from({ length: random.int(5) }, () => tree(random, depth - 1)) };
}

function textOf(random: Prng): string {
  return Array.from({ length: random.int(12) }, () => random.pick(CHARACTERS)).join('');
}

/** A tree as one of the many texts that mean it. */
function rendered({ name, text, children }: XmlElement, random: Prng): string {
  const attribute = random.chance(0.2) ? random.pick([' a="<>/"', " a = '\"'", '\n xmlns:b="https://c/"']) : '';
  if (text === '' && children.length === 0 && random.chance(0.5)) return `<${name}${attribute}/>`;
  const inner = children.length > 0 ? children.map((child) => rendered(child, random)).join('') : written(text, random);
  const blank = random.chance(0.2) ? ' ' : '';
  return `<${name}${attribute}${blank}>${noise(random)}${inner}${noise(random)}</${name}${blank}>`;
}

function written(text: string, random: Prng): string {
  if (!text.includes(']]') && random.chance(0.2)) return `<![CDATA[${text}]]>`;
  return [...text].map((character) => escaped(character, random)).join(random.chance(0.1) ? noise(random) : '');
}

function escaped(character: string, random: Prng): string {
  const named: Record<string, string> = { '<': '&lt;', '&': '&amp;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  const code = character.codePointAt(0) ?? 0;
  if (random.chance(0.1)) return random.pick([`&#${code};`, `&#x${code.toString(16)};`]);
  return character === '<' || character === '&' || random.chance(0.3) ? (named[character] ?? character) : character;
}

function noise(random: Prng): string {
  return random.chance(0.2) ? random.pick(['<!-- <a>&</b> -->', '<?a <b> ?>', '<!---->']) : '';
}

/** A few characters of a text are lost, doubled, or others. */
function damaged(xml: string, random: Prng): string {
  let text = xml;
  for (let n = 1 + random.int(3); n > 0; n--) {
    const at = random.int(text.length + 1);
    const piece = random.pick([
      '',
      '<',
      '</',
      '>',
      '/>',
      '<!--',
      '<![CDATA[',
      ']]>',
      '<!DOCTYPE [',
      '&#x110000;',
      '"',
      'é',
    ]);
    text = text.slice(0, at) + piece + text.slice(at + random.int(4));
  }
  return text;
}

it('reads what was written, in whatever way', () => {
  const seed = fuzzSeed();
  const random = prng(seed);
  for (let n = 0; n < DOCUMENTS; n++) {
    const root = tree(random, 4);
    const xml = `${random.pick(['', '<?xml version="1.0"?>\n', '<!-- a -->', '<!DOCTYPE a>'])}${rendered(root, random)}`;
    expect(readXml(xml), `FUZZ_SEED=${seed}: ${xml}`).toEqual(root);
    for (let cut = 0; cut < 5; cut++) {
      const part = xml.slice(0, random.int(xml.length));
      expect(() => readXml(part), `FUZZ_SEED=${seed}: ${part}`).toThrow('not well-formed');
    }
  }
});

it('takes damaged documents for what they are, or for none, without a word of theirs in the error', () => {
  const seed = fuzzSeed();
  const random = prng(seed);
  let refused = 0;
  for (let n = 0; n < DOCUMENTS; n++) {
    const xml = damaged(rendered(tree(random, 3), random), random);
    try {
      expect(readXml(xml).name).not.toMatch(/[<>\s]/);
    } catch (error) {
      expect(error, `FUZZ_SEED=${seed}: ${xml}`).toEqual(new Error('the answer is not well-formed XML'));
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(DOCUMENTS / 10);
});

it.each([
  ['deep', '<a>'.repeat(LARGE / 3)],
  ['blank', `<a${' '.repeat(LARGE)}`],
  ['of attributes', `<a${' b=""'.repeat(LARGE / 5)}`],
  ['of equals signs', `<a ${'='.repeat(LARGE)}`],
  ['of quotes', `<a b=${`"'`.repeat(LARGE / 2)}`],
  ['of openings', '<'.repeat(LARGE)],
  ['of comments', `<a>${'<!---->'.repeat(LARGE / 7)}`],
  ['of ends of comments', `<!--${'->'.repeat(LARGE / 2)}`],
  ['of DOCTYPEs', '<!DOCTYPE '.repeat(LARGE / 10)],
  ['of references', `<a>${'&#'.repeat(LARGE / 2)}`],
  ['of long references', `<a>&${'a'.repeat(LARGE)}</b>`],
])('gives up soon on a large one %s', (_, xml) => {
  const started = performance.now();
  expect(() => readXml(xml)).toThrow('not well-formed');
  expect(performance.now() - started).toBeLessThan(500);
});
