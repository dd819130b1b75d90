import aws4 from 'aws4';
import type { PeerAnswer } from './python-peers.ts';
import type { WireCase } from './wire.ts';

/** Signs with aws4 (npm), which reads strings as UTF-16 and hashes them as UTF-8. */
export function signWithAws4(wire: WireCase): PeerAnswer {
  const { method, service, region, credentials, timestamp, payloadHash, expires } = wire;
  if (wire.algorithm === 'sigv4a') return { unsupported: 'has no such signer' };
  const target = text(wire.target);
  const headers = headersOf(wire);
  if (target === undefined || headers === undefined) return { unsupported: 'takes text alone, not bytes' };
  const { accessKeyId, secretAccessKey } = credentials;
  const inQuery = expires !== undefined;
  const sessionToken = inQuery && wire.rules.unsignedQueryToken ? undefined : credentials.sessionToken;
  headers['x-amz-content-sha256'] = payloadHash;
  if (!inQuery) headers['x-amz-date'] = timestamp;
  const signatureQuery = `X-Amz-Date=${timestamp}&X-Amz-Expires=${expires}`;
  try {
    const signed = aws4.sign(
      {
        method,
        service,
        region,
        headers,
        path: inQuery ? `${target}${target.includes('?') ? '&' : '?'}${signatureQuery}` : target,
        signQuery: inQuery,
        // Some headers it never signs unless told to.
        extraHeadersToInclude: Object.fromEntries(Object.keys(headers).map((name) => [name, true])),
      },
      { accessKeyId, secretAccessKey, sessionToken },
    );
    if (!inQuery) return { authorization: String(signed.headers.Authorization) };
    return { signature: /[?&]X-Amz-Signature=([0-9a-f]{64})/.exec(signed.path)?.[1] ?? '' };
  } catch (error) {
    return { error: String(error) };
  }
}

function headersOf({ headers }: WireCase): Record<string, string | string[]> | undefined {
  const values: Record<string, string | string[]> = {};
  for (const [name, bytes] of headers) {
    const value = text(bytes);
    if (value === undefined) return undefined;
    const earlier = values[name];
    values[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return values;
}

function text(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}
