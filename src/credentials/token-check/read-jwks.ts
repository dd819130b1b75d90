import { open } from 'node:fs/promises';
import type { TokenIssuer } from '../../config/index.ts';

/** Issuers publish a handful of keys, some KiB with their certificates. */
const LARGEST_JWKS_BYTES = 1024 * 1024;

/** Reads an issuer's key set, as text; rejects when it cannot, or when the signal aborts. */
export type ReadJwks = (signal: AbortSignal) => Promise<string>;

export function jwksReader({ jwks }: TokenIssuer, fetcher: typeof fetch): ReadJwks {
  return 'url' in jwks
    ? (signal) => readUrl(jwks.url, fetcher, signal)
    : (signal) => readAll(fileChunks(jwks.file, signal));
}

async function readUrl(url: string, fetcher: typeof fetch, signal: AbortSignal): Promise<string> {
  // A redirect is not followed: it could lead from https to anywhere.
  const response = await fetcher(url, {
    signal,
    redirect: 'manual',
    headers: { accept: 'application/json, application/jwk-set+json' },
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the JWKS was answered with status ${response.status}`);
  }
  return readAll(response.body);
}

async function* fileChunks(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  yield* file.createReadStream({ signal });
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > LARGEST_JWKS_BYTES) throw new Error(`the JWKS is larger than ${LARGEST_JWKS_BYTES} bytes`);
    read.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(read));
}
