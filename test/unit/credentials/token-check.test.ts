import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Clock } from '../../../src/credentials/clock.ts';
import { asSignerError } from '../../../src/errors/index.ts';
import { type IssuerKey, issuerKey, type JwksServer, mint, startJwksServer } from '../../support/token-issuer.ts';
import { AUDIENCE, type Checked, claims, ISSUER, issuer, tokenCheck } from './token-check-support.ts';

let rsa: IssuerKey;
let ec: IssuerKey;
let ed: IssuerKey;
let stranger: IssuerKey;
let server: JwksServer;
let checked: Checked;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

beforeAll(async () => {
  [rsa, ec, ed, stranger] = await Promise.all([
    issuerKey('RS256', 'rsa'),
    issuerKey('ES256', 'ec'),
    issuerKey('EdDSA', 'ed'),
    issuerKey('RS256', 'rsa'),
  ]);
  server = await startJwksServer([rsa.jwk, ec.jwk, ed.jwk]);
  checked = tokenCheck([
    issuer({ jwks_url: server.url, algorithms: ['RS256', 'ES256', 'EdDSA'], required_claims: ['sub'] }),
    issuer({ jwks_url: server.url, issuer: 'https://rsa-only.example.com' }),
  ]);
});
afterAll(async () => {
  checked.check.close();
  await server.close();
});

/** The refusal's code; its message must hold nothing of the token. */
async function refused(token: string, by = checked): Promise<string> {
  const error = await by.verify(token).then(
    () => undefined,
    (thrown: unknown) => asSignerError(thrown),
  );
  if (error === undefined) return 'verified';
  for (const part of [token, ...token.split('.'), 'alice', 'elsewhere']) {
    if (part.length > 3) expect(`${error.message} ${JSON.stringify(error.cause ?? '')}`).not.toContain(part);
  }
  return `${error.code}: ${error.message}`;
}

describe('a good token', () => {
  it.each([['RS256'], ['ES256'], ['EdDSA']])(
    'signed with %s is verified, its claims and end are given',
    async (alg) => {
      const key = [rsa, ec, ed].find((candidate) => candidate.alg === alg) as IssuerKey;
      const expected = claims({ aud: ['other', AUDIENCE], org: { team: 'orders' } });
      const verified = await checked.verify(await mint(key, expected));
      expect(verified).toEqual({ claims: expected, expiresAt: (expected.exp as number) * 1000 });
      expect(checked.outcomes.at(-1)).toBe('verified');
    },
  );

  it('needs no kid, however many keys the issuer has', async () => {
    const others = await Promise.all(['a', 'b'].map((kid) => issuerKey('RS256', kid)));
    const many = await startJwksServer([...others.map(({ jwk }) => jwk), rsa.jwk]);
    const check = tokenCheck([issuer({ jwks_url: many.url })]);
    expect(await check.verify(await mint(rsa, claims(), { kid: null }))).toHaveProperty('claims.sub', 'alice');
    expect(await refused(await mint(stranger, claims(), { kid: null }), check)).toContain("none of its issuer's keys");
    await many.close();
  });

  it('without kid is tried with sixteen keys at most', async () => {
    const many = await startJwksServer(Array.from({ length: 40 }, (_, at) => ({ ...stranger.jwk, kid: String(at) })));
    const check = tokenCheck([issuer({ jwks_url: many.url })]);
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await refused(await mint(rsa, claims(), { kid: null }), check);
    expect(verify).toHaveBeenCalledTimes(16);
    verify.mockRestore();
    await many.close();
  });

  it('is judged by the clock that STS sets right', async () => {
    const clock = new Clock();
    const check = tokenCheck([issuer({ jwks_url: server.url })], { clock });
    const token = await mint(rsa, claims({ exp: inSeconds(600) }));
    clock.learn(new Date(Date.now() + 3_600_000).toUTCString());
    expect(await refused(token, check)).toContain('SIGV4_TOKEN_EXPIRED');
    clock.learn(new Date().toUTCString());
    expect(await refused(token, check)).toBe('verified');
  });

  it('may be off by the clock tolerance', async () => {
    const early = await mint(rsa, claims({ nbf: inSeconds(30) }));
    const late = await mint(rsa, claims({ exp: inSeconds(-30) }));
    const tolerant = tokenCheck([issuer({ jwks_url: server.url })], { clockToleranceSeconds: 60 });
    expect([await refused(early, tolerant), await refused(late, tolerant)]).toEqual(['verified', 'verified']);
    expect(await refused(early)).toContain('not valid yet');
    expect(await refused(late)).toContain('SIGV4_TOKEN_EXPIRED');
  });
});

describe('a refused token', () => {
  const cases: [name: string, token: () => Promise<string> | string, answer: string][] = [
    ['of a stranger under a known kid', () => mint(stranger, claims()), "INVALID: .* fits none of its issuer's keys"],
    ['with its own key in the header', () => mint(stranger, claims(), { jwk: stranger.jwk }), 'INVALID: .* fits none'],
    ['of an unknown kid', () => mint(rsa, claims(), { kid: 'elsewhere' }), 'INVALID: .* fits none'],
    ['for another audience', () => mint(rsa, claims({ aud: 'elsewhere' })), 'INVALID: .* is for another audience'],
    ['without audience', () => mint(rsa, claims({ aud: undefined })), 'INVALID: .* lacks the claim aud'],
    ['of another issuer', () => mint(rsa, claims({ iss: 'https://elsewhere' })), 'INVALID: .* of an issuer'],
    ['of nearly this issuer', () => mint(rsa, claims({ iss: ISSUER.slice(0, -1) })), 'INVALID: .* of an issuer'],
    ['of an issuer that is no text', () => mint(rsa, claims({ iss: [ISSUER] })), 'INVALID: .* of an issuer'],
    ['without issuer', () => mint(rsa, claims({ iss: undefined })), 'INVALID: .* of an issuer'],
    ['that has expired', () => mint(rsa, claims({ exp: inSeconds(-60) })), 'EXPIRED: .* has expired'],
    ['that never expires', () => mint(rsa, claims({ exp: undefined })), 'INVALID: .* lacks the claim exp'],
    ['whose exp is text', () => mint(rsa, claims({ exp: '9999999999' })), 'INVALID: .* cannot be used: exp'],
    ['that is not valid yet', () => mint(rsa, claims({ nbf: inSeconds(60) })), 'INVALID: .* is not valid yet'],
    ['without a required claim', () => mint(rsa, claims({ sub: undefined })), 'INVALID: .* lacks the claim sub'],
    ['with critical extensions', () => mint(rsa, claims(), { crit: ['b64'], b64: true }), 'INVALID: .* critical'],
    ['expired and forged', () => mint(stranger, claims({ exp: inSeconds(-60) })), 'INVALID: .* fits none'],
    [
      'in an algorithm that its issuer does not name',
      () => mint(ec, claims({ iss: 'https://rsa-only.example.com' })),
      'INVALID: .* with an algorithm',
    ],
    [
      'in an algorithm that fits not its key',
      () => mint(ec, claims(), { kid: 'rsa' }),
      "INVALID: .* fits none of its issuer's keys",
    ],
    ['without signature', () => `${encode({ alg: 'none' })}.${encode(claims())}.`, 'INVALID: .* not a signed JWT'],
    ['of alg none', () => `${encode({ alg: 'none' })}.${encode(claims())}.AAAA`, 'INVALID: .* with an algorithm'],
    ['of no alg', () => `${encode({ kid: 'rsa' })}.${encode(claims())}.AAAA`, 'INVALID: .* with an algorithm'],
    ['that is garbage', () => 'garbage', 'INVALID: .* not a signed JWT'],
    ['of garbage parts', () => 'aaaa.bbbb.cccc', 'INVALID: .* not a signed JWT'],
    ['that is a list', () => `${encode([1])}.${encode([1])}.AAAA`, 'INVALID: .* not a signed JWT'],
    ['that is empty', () => '', 'INVALID: .* not a signed JWT'],
  ];
  it.each(cases)('%s', async (_name, token, answer) => {
    expect(await refused(await token())).toMatch(new RegExp(`^SIGV4_TOKEN_${answer}`));
    expect(checked.outcomes.at(-1)).toBe('refused');
  });

  it.each(['HS256', 'HS512'])('signed by %s with the public key as the secret', async (alg) => {
    const forms = [await exportSPKI(rsa.publicKey), JSON.stringify(rsa.jwk), (await exportSPKI(rsa.publicKey)).trim()];
    for (const secret of forms) {
      const signed = `${encode({ alg, kid: 'rsa' })}.${encode(claims())}`;
      const hmac = createHmac(alg.replace('HS', 'sha'), secret).update(signed).digest('base64url');
      expect(await refused(`${signed}.${hmac}`)).toMatch(/^SIGV4_TOKEN_INVALID: .* with an algorithm/);
    }
  });

  it('by a key that is too short, however right the signature', async () => {
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = await startJwksServer([{ ...publicKey.export({ format: 'jwk' }), kid: 'weak' } as never]);
    const check = tokenCheck([issuer({ jwks_url: weak.url })]);
    const signed = `${encode({ alg: 'RS256', kid: 'weak' })}.${encode(claims())}`;
    const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    expect(await refused(token, check)).toContain('SIGV4_TOKEN_INVALID');
    await weak.close();
  });
});
