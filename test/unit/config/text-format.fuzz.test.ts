import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type JsonObject, parseMetadataText, TextFormatError } from '../../../src/config/text-format/index.ts';
import { fuzzSeed, type Prng, prng } from '../../support/prng.ts';
import { printMetadata, randomStruct, randomText } from '../../support/text-format-printer.ts';

const SEED = fuzzSeed();
const NOISE = [...'{}<>[]:;,#"\'\\ \n-.0a\u00e9\ud800', 'key', 'value', 'fields', 'nan', '\\303', '\\u', '"x"', '{ }'];

function randomMetadata(random: Prng): Map<string, JsonObject> {
  const names = ['aws-request-signing', 'envoy-gateway', '__proto__', randomText(random, 4)];
  return new Map(
    random
      .shuffle(names)
      .slice(random.int(3))
      .map((name) => [name, randomStruct(random, 4)]),
  );
}

/** One cut, deletion, insertion, repetition or swap of a piece of the text. */
function mutate(random: Prng, text: string): string {
  const start = random.int(text.length + 1);
  const end = Math.min(text.length, start + random.int(random.pick([2, 8, 200])));
  const piece = text.slice(start, end);
  const before = text.slice(0, start);
  switch (random.int(5)) {
    case 0:
      return before;
    case 1:
      return before + text.slice(end);
    case 2:
      return before + random.pick(NOISE) + text.slice(start);
    case 3:
      return before + piece + piece + text.slice(end);
    default:
      return before + random.pick(NOISE) + text.slice(end);
  }
}

/** The namespaces that `text` parses to, or undefined where it is refused as it should be. */
function parseOrRefuse(text: string, wanted?: ReadonlySet<string>): Map<string, JsonObject> | undefined {
  try {
    return parseMetadataText(text, wanted);
  } catch (error) {
    if (error instanceof TextFormatError && error.position <= text.length) return undefined;
    throw new Error(`FUZZ_SEED=${SEED}, text ${JSON.stringify(text)}`, { cause: error });
  }
}

describe('fuzz', () => {
  it.each(['plain', 'debug'])('reads back what an independent printer wrote, %s form', (form) => {
    const random = prng(SEED);
    for (let round = 0; round < 1500; round++) {
      const metadata = randomMetadata(random);
      const text = printMetadata(random, metadata, form === 'debug');
      const context = `FUZZ_SEED=${SEED}, round ${round}, text ${JSON.stringify(text)}`;
      // Vitest's own comparison takes no own `__proto__`.
      expect(isDeepStrictEqual(parseOrRefuse(text), metadata), context).toBe(true);
      const wanted = new Set(['aws-request-signing']);
      const filtered = [...metadata].filter(([name]) => wanted.has(name));
      expect(isDeepStrictEqual(parseOrRefuse(text, wanted), new Map(filtered)), context).toBe(true);
    }
  });

  it('refuses or reads 20,000 mutated texts, and never throws anything else', () => {
    const random = prng(SEED + 1);
    let text = '';
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const fresh = round === 0 || random.chance(0.3);
      if (fresh) text = printMetadata(random, randomMetadata(random), random.chance(0.5));
      text = mutate(random, text);
      if (parseOrRefuse(text) === undefined) refused++;
      parseOrRefuse(text, new Set(['envoy-gateway']));
    }
    expect(refused).toBeGreaterThan(5000);
  });
});
