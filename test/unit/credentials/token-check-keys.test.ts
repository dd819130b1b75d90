import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type IssuerKey,
  issuerKey,
  type JwksServer,
  mint,
  startJwksServer,
  TROUBLE,
} from '../../support/token-issuer.ts';
import { type Checked, claims, eventually, issuer, tokenCheck } from './token-check-support.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
let first: IssuerKey;
let second: IssuerKey;
let server: JwksServer;
let checked: Checked;
let serial = 0;

beforeAll(async () => {
  [first, second] = await Promise.all([issuerKey('ES256', 'first'), issuerKey('ES256', 'second')]);
});
beforeEach(async () => {
  vi.useFakeTimers({ now: START, toFake: ['Date', 'performance'] });
  server = await startJwksServer([first.jwk]);
  checked = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })]);
});
afterEach(async () => {
  vi.useRealTimers();
  checked.check.close();
  await server.close();
});

/** A token that no memory knows, good for hours. */
const fresh = (key = first, header = {}) =>
  mint(key, claims({ jti: String(serial++), exp: Math.floor(Date.now() / 1000) + 86_400 }), header);

/** `verified`, or the refusal's code. */
const verdict = (token: string | Promise<string>, by = checked) => by.verdict(token);

const INVALID = 'SIGV4_TOKEN_INVALID';
const UNAVAILABLE = 'SIGV4_TOKEN_CHECK_UNAVAILABLE';

describe('keys by URL', () => {
  it('are fetched once for 200 cold verifications', async () => {
    const tokens = await Promise.all(Array.from({ length: 200 }, () => fresh()));
    expect(new Set(await Promise.all(tokens.map((token) => verdict(token))))).toEqual(new Set(['verified']));
    expect(server.requests).toBe(1);
  });

  it('are fetched once, not twice, for a cold check of a kid that nobody has', async () => {
    expect(await verdict(fresh(second))).toBe(INVALID);
    expect(server.requests).toBe(1);
  });

  it('are not fetched for what no key could make good', async () => {
    expect(await verdict('garbage')).toBe(INVALID);
    expect(await verdict(mint(first, claims({ iss: 'https://elsewhere' })))).toBe(INVALID);
    expect(server.requests).toBe(0);
  });

  it('are fetched anew at once for a new kid, and the old one ends', async () => {
    const old = await fresh();
    expect(await verdict(old)).toBe('verified');
    server.keys = [second.jwk];
    expect(await verdict(fresh(second))).toBe('verified');
    expect(server.requests).toBe(2);
    expect(await verdict(old)).toBe(INVALID);
  });

  it('are fetched anew where another key took over a known kid, or the token names none', async () => {
    expect(await verdict(fresh())).toBe('verified');
    server.keys = [{ ...second.jwk, kid: 'first' }];
    expect(await verdict(fresh(second, { kid: null }))).toBe('verified');
    expect(await verdict(fresh(second, { kid: 'first' }))).toBe('verified');
    expect(server.requests).toBe(2);
  });

  it('are fetched at most every 30 seconds for kids that nobody has', async () => {
    expect(await verdict(fresh())).toBe('verified');
    const storm = async () =>
      new Set(await Promise.all(Array.from({ length: 50 }, (_, i) => verdict(fresh(second, { kid: `garbage-${i}` })))));
    expect(await storm()).toEqual(new Set([INVALID]));
    expect(await storm()).toEqual(new Set([INVALID]));
    expect(server.requests).toBe(2);
    vi.advanceTimersByTime(29_999);
    await storm();
    expect(server.requests).toBe(2);
    server.keys = [second.jwk];
    vi.advanceTimersByTime(1);
    expect(await verdict(fresh(second))).toBe('verified');
    expect(server.requests).toBe(3);
  });

  it('are fetched anew in the background after four minutes, without a wait', async () => {
    expect(await verdict(fresh())).toBe('verified');
    vi.advanceTimersByTime(4 * MINUTE);
    server.behaviour = TROUBLE.hanging;
    expect(await verdict(fresh())).toBe('verified');
    await eventually(() => expect(server.requests).toBe(2));
  });

  it('are asked for before use where nobody used them for five minutes', async () => {
    const token = await fresh();
    expect(await verdict(token)).toBe('verified');
    server.keys = [second.jwk];
    vi.advanceTimersByTime(5 * MINUTE);
    expect(await verdict(token)).toBe(INVALID);
  });

  it.each(Object.keys(TROUBLE) as (keyof typeof TROUBLE)[])(
    'cannot be had from an issuer that is %s; once it answers, they can',
    async (trouble) => {
      const check = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })], { timeoutMs: 100 });
      server.behaviour = TROUBLE[trouble];
      const answers = await Promise.all([verdict(fresh(), check), verdict(fresh(), check)]);
      expect(answers).toEqual([UNAVAILABLE, UNAVAILABLE]);
      expect(check.outcomes).toEqual(['unavailable', 'unavailable']);
      expect(server.requests).toBe(1);

      server.behaviour = undefined;
      expect(await verdict(fresh(), check)).toBe(UNAVAILABLE);
      expect(server.requests).toBe(1);
      vi.advanceTimersByTime(1_000);
      expect(await verdict(fresh(), check)).toBe('verified');
      expect(check.readings).toEqual(['failed', 'read']);
    },
  );

  it('are tried for ever more rarely while the issuer is down, every ten seconds in the end', async () => {
    server.behaviour = TROUBLE.down;
    for (let second = 0; second < 60; second++) {
      expect(await verdict(fresh())).toBe(UNAVAILABLE);
      vi.advanceTimersByTime(1_000);
    }
    // At 0, 1, 3, 7, 15, 25, 35, 45 and 55 seconds.
    expect(server.requests).toBe(9);
  });

  it.each([['down'], ['hanging'], ['html']] as const)('work on for an hour while the issuer is %s', async (trouble) => {
    const check = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })], { timeoutMs: 50 });
    const remembered = await fresh();
    expect(await verdict(remembered, check)).toBe('verified');
    server.behaviour = TROUBLE[trouble];
    vi.advanceTimersByTime(59 * MINUTE);
    expect(await verdict(fresh(), check)).toBe('verified');
    expect(await verdict(remembered, check)).toBe('verified');
    expect(await verdict(fresh(second, { kid: 'first' }), check)).toBe(INVALID);
    expect(await verdict(fresh(second), check)).toBe(UNAVAILABLE);
    vi.advanceTimersByTime(MINUTE);
    expect(await verdict(fresh(), check)).toBe(UNAVAILABLE);
    expect(await verdict(remembered, check)).toBe(UNAVAILABLE);

    server.behaviour = undefined;
    vi.advanceTimersByTime(10_000);
    expect(await verdict(fresh(), check)).toBe('verified');
  });

  it('make nobody wait for a hanging issuer once it is known to hang', async () => {
    const check = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })], { timeoutMs: 50 });
    expect(await verdict(fresh(), check)).toBe('verified');
    server.behaviour = TROUBLE.hanging;
    vi.advanceTimersByTime(4 * MINUTE);
    expect(await verdict(fresh(), check)).toBe('verified');
    await eventually(() => expect(check.readings).toEqual(['read', 'failed']));
    for (let failures = 2; failures < 10; failures++) {
      vi.advanceTimersByTime(20_000);
      expect(await verdict(fresh(), check)).toBe('verified');
      expect(check.readings).toHaveLength(failures);
      await eventually(() => expect(check.readings).toHaveLength(failures + 1));
    }
  });

  it('are asked for before use where the last failure is long past', async () => {
    const token = await fresh();
    expect(await verdict(token)).toBe('verified');
    server.behaviour = TROUBLE.down;
    vi.advanceTimersByTime(4 * MINUTE);
    expect(await verdict(token)).toBe('verified');
    await eventually(() => expect(checked.readings).toEqual(['read', 'failed']));
    server.behaviour = undefined;
    server.keys = [second.jwk];
    vi.advanceTimersByTime(10 * MINUTE);
    expect(await verdict(fresh())).toBe(INVALID);
  });

  it('are refused where the list is huge, though it is a list', async () => {
    let sent = 0;
    server.behaviour = (_request, response) => {
      response.on('error', () => {});
      const chunk = `${' '.repeat(65_535)}\n`;
      const more = () => {
        while (!response.destroyed && sent < 200_000_000) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end(JSON.stringify({ keys: server.keys }));
      };
      more();
    };
    expect(await verdict(fresh())).toBe(UNAVAILABLE);
    expect(sent).toBeLessThan(50_000_000);
  });

  it('are not looked for behind a redirect', async () => {
    const elsewhere = await startJwksServer([first.jwk]);
    server.behaviour = (_request, response) => void response.writeHead(302, { location: elsewhere.url }).end();
    expect(await verdict(fresh())).toBe(UNAVAILABLE);
    expect(elsewhere.requests).toBe(0);
    await elsewhere.close();
  });

  it('come by the fetch that is given', async () => {
    const fetcher = vi.fn(fetch);
    const check = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })], { fetch: fetcher });
    expect(await verdict(fresh(), check)).toBe('verified');
    expect(fetcher).toHaveBeenCalledTimes(1);
  });

  it('end with the check, also those on their way', async () => {
    const check = tokenCheck([issuer({ jwks_url: server.url, algorithms: ['ES256'] })], { timeoutMs: 600_000 });
    server.behaviour = TROUBLE.hanging;
    const waiting = verdict(fresh(), check);
    await eventually(() => expect(server.requests).toBe(1));
    check.check.close();
    expect(await waiting).toBe(UNAVAILABLE);
  });

  it('of one issuer are nobody else’s', async () => {
    const other = await startJwksServer([second.jwk]);
    const check = tokenCheck([
      issuer({ jwks_url: server.url, algorithms: ['ES256'] }),
      issuer({ jwks_url: other.url, algorithms: ['ES256'], issuer: 'https://other.example.com' }),
    ]);
    expect(await verdict(mint(second, claims({ iss: 'https://other.example.com' })), check)).toBe('verified');
    expect(await verdict(fresh(second), check)).toBe(INVALID);
    await other.close();
  });
});
