import type { HeaderEntry } from '../signing/index.ts';

/** Whether the client framed its body as aws-chunked, as SDKs do to send checksums or signatures along. */
export function isAwsChunked(headers: readonly HeaderEntry[]): boolean {
  return headers.some(
    ([name, value]) =>
      (name === 'content-encoding' && /(?:^|,)\s*aws-chunked\s*(?:,|$)/i.test(value)) ||
      (name === 'x-amz-content-sha256' && value.startsWith('STREAMING-')),
  );
}

/** Whether the request asks for another protocol, such as WebSocket: its body is a conversation without an end. */
export function isUpgrade(headers: readonly HeaderEntry[]): boolean {
  return headers.some(([name]) => name === 'upgrade');
}

/** Whether the body is gRPC, which may be a stream without an end. */
export function isGrpc(headers: readonly HeaderEntry[]): boolean {
  return headers.some(([name, value]) => name === 'content-type' && /^application\/grpc(?:$|[+;])/i.test(value));
}

/** The body's length in bytes as the client gave it; 0 where it did not. */
export function contentLength(headers: readonly HeaderEntry[]): number {
  const length = Number(headers.find(([name]) => name === 'content-length')?.[1]);
  return Number.isSafeInteger(length) ? length : 0;
}
