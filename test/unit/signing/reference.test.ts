import { SignatureV4 } from '@smithy/signature-v4';
import { expect, it } from 'vitest';
import { type HeaderEntry, payloadHash, serviceRules, sign } from '../../../src/signing/index.ts';
import { fuzzSeed, type Prng, prng } from '../../support/prng.ts';
import { Sha256 } from '../../support/smithy-sha256.ts';

const CASES = 2_000;
const SEED = fuzzSeed();
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token/+=' };
const NOW = new Date('2026-11-22T10:11:12Z');
const CHARACTERS = [...'aZ09-._~!$&\'()*+,;=:@ /%?#[]{}|\\^"<>', 'é', '日', '\u0000', '\u001f'];

it(`gives the authorization of @smithy/signature-v4 (${CASES} random requests, seed ${SEED})`, async () => {
  const random = prng(SEED);
  for (let i = 0; i < CASES; i++) {
    const service = random.pick(['execute-api', 'lambda', 'dynamodb', 's3']);
    const request = randomRequest(random);
    const encodedPath = `/${request.segments.map(percentEncoded).join('/')}`;
    const encodedQuery = request.query
      .map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`)
      .join('&');

    const ours = sign(
      {
        method: request.method,
        path: encodedQuery === '' ? encodedPath : `${encodedPath}?${encodedQuery}`,
        authority: 'host.example',
        headers: request.headers,
      },
      { algorithm: 'sigv4', region: 'eu-west-1', service, rules: serviceRules(service), signedHeaders: new Set() },
      CREDENTIALS,
      payloadHash(request.body),
      NOW,
    );

    const smithy = new SignatureV4({
      credentials: CREDENTIALS,
      region: 'eu-west-1',
      service,
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    });
    const theirs = await smithy.sign(
      {
        method: request.method,
        protocol: 'https:',
        hostname: 'host.example',
        path: encodedPath,
        query: grouped(request.query),
        headers: { host: 'host.example', ...joined(request.headers) },
        body: request.body,
      },
      { signingDate: NOW },
    );
    const context = `seed ${SEED}, case ${i}: ${JSON.stringify({ service, ...request, body: '' })}`;
    expect(ours.set.find(([name]) => name === 'authorization')?.[1], context).toBe(theirs.headers.authorization);
  }
});

function randomRequest(random: Prng) {
  const text = (longest: number) => Array.from({ length: random.int(longest) }, () => random.pick(CHARACTERS)).join('');
  const segments = Array.from({ length: 1 + random.int(4) }, () =>
    random.pick([text(6), '', '.', '..', 'a']).replaceAll('/', ''),
  );
  const query: [string, string][] = Array.from({ length: random.int(5) }, () => [`q${text(5)}`, text(6)]);
  const headers: HeaderEntry[] = Array.from({ length: random.int(4) }, () => [
    `x-amz-meta-${random.pick(['a', 'b', 'c-d'])}`,
    random.pick(['', 'one', ' two  blanks ', 'a,b', '"quoted  text"']),
  ]);
  if (random.chance(0.5)) headers.push(['content-type', 'application/json; charset=utf-8']);
  return {
    method: random.pick(['GET', 'PUT', 'POST', 'DELETE']),
    segments,
    query,
    headers,
    body: Buffer.from(text(20)),
  };
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function grouped(pairs: readonly [string, string][]): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) query[name] = [...(query[name] ?? []), value];
  return query;
}

function joined(headers: readonly HeaderEntry[]): Record<string, string> {
  const byName = new Map<string, string>();
  for (const [name, value] of headers) {
    const earlier = byName.get(name);
    byName.set(name, earlier === undefined ? value.trim() : `${earlier},${value.trim()}`);
  }
  return Object.fromEntries(byName);
}
