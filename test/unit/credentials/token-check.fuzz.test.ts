import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzzSeed, prng } from '../../support/prng.ts';
import { type IssuerKey, issuerKey, type JwksServer, mint, startJwksServer } from '../../support/token-issuer.ts';
import { type Checked, claims, issuer, tokenCheck } from './token-check-support.ts';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** What RFC 6750 lets a token be made of, and some of what it does not. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/= \n\u00e9';

let keys: IssuerKey[];
let server: JwksServer;
let checked: Checked;

beforeAll(async () => {
  keys = await Promise.all(ALGORITHMS.map((alg) => issuerKey(alg, alg)));
  server = await startJwksServer(keys.map(({ jwk }) => jwk));
  checked = tokenCheck([issuer({ jwks_url: server.url, algorithms: ALGORITHMS })]);
});
afterAll(async () => {
  checked.check.close();
  await server.close();
});

/** Which of the tokens are accepted. */
async function accepted(tokens: Iterable<string>): Promise<string[]> {
  const found: string[] = [];
  for (const token of tokens) {
    await checked.verify(token).then(
      () => found.push(token),
      (error: { code?: string }) => expect(error.code).toMatch(/^SIGV4_TOKEN_(INVALID|EXPIRED)$/),
    );
  }
  return found;
}

it.each(ALGORITHMS)('no good %s token with one byte changed is accepted', async (alg) => {
  const token = await mint(keys.find((key) => key.alg === alg) as IssuerKey, claims());
  const bytes = Buffer.from(token, 'latin1');
  const flipped = Array.from(bytes, (byte, at) =>
    [1, 2, 4, 8, 16, 32].map((bit) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte ^ bit;
      return changed.toString('latin1');
    }),
  ).flat();
  expect(await accepted([token])).toEqual([token]);
  expect(await accepted(flipped)).toEqual([]);
});

it('no good token that was changed at random is accepted', async () => {
  const random = prng(fuzzSeed());
  const tokens = await Promise.all(keys.map((key) => mint(key, claims())));
  const parts = tokens.map((token) => token.split('.'));
  const character = () => random.pick([...ALPHABET]);
  const mutations: ((token: string, at: number) => string)[] = [
    (token, at) => token.slice(0, at) + character() + token.slice(at + 1),
    (token, at) => token.slice(0, at) + character() + token.slice(at),
    (token, at) => token.slice(0, at) + token.slice(at + 1),
    (token, at) => token.slice(0, at),
    (token) => token + character(),
    () => [0, 1, 2].map((part) => random.pick(parts)[part]).join('.'),
  ];
  const changed = Array.from({ length: 3_000 }, () => {
    const token = random.pick(tokens);
    return random.pick(mutations)(token, random.int(token.length));
  }).filter((token) => !tokens.includes(token));
  expect(changed.length, `seed ${random.seed}`).toBeGreaterThan(2_000);
  expect(await accepted(changed), `seed ${random.seed}`).toEqual([]);
});
