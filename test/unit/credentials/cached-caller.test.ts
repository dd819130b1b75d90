import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type CredentialBench,
  callerIdentity,
  startCredentialBench,
  thrownBy,
} from '../../support/stand-in-credentials.ts';

const claimsRead = vi.hoisted(() => vi.fn());
vi.mock('jose/jwt/decode', async (original) => {
  const jose = await original<typeof import('jose/jwt/decode')>();
  const decodeJwt = (token: string) => {
    claimsRead(token);
    return jose.decodeJwt(token);
  };
  return { ...jose, decodeJwt };
});

let bench: CredentialBench;
beforeEach(async () => {
  bench = await startCredentialBench();
});
afterEach(() => bench.close());

it('a cached caller is served without its token being read', async () => {
  const identity = callerIdentity();
  const token = await bench.standIn.issuer.issueToken({ sub: 'alice' });
  const credentials = await bench.source.credentialsFor(identity, { token });
  expect(claimsRead).toHaveBeenCalledWith(token);
  claimsRead.mockClear();
  for (let n = 0; n < 3; n++) expect(bench.source.credentialsFor(identity, { token })).toBe(credentials);
  expect(claimsRead).not.toHaveBeenCalled();
  expect(bench.lookups).toEqual(['miss', 'hit', 'hit', 'hit']);
  expect(bench.source.list(1)).toMatchObject([{ hits: 3 }]);
});

it('of credentials that callers share, each one’s token is read', async () => {
  const identity = callerIdentity({}, {}, { cacheScope: 'role' });
  const [first, later] = await Promise.all(
    [3600, -60].map((expiresIn) => bench.standIn.issuer.issueToken({ sub: 'alice', expiresIn })),
  );
  await bench.source.credentialsFor(identity, { token: first ?? '' });
  expect(await thrownBy(() => bench.source.credentialsFor(identity, { token: later ?? '' }))).toMatchObject({
    code: 'SIGV4_TOKEN_EXPIRED',
  });
});
