import type { HeaderEntry } from '../signing/index.ts';

/** The encodings in content-encoding, in order, lower case. */
export function contentEncodings(headers: readonly HeaderEntry[]): string[] {
  return headers
    .filter(([name]) => name === 'content-encoding')
    .flatMap(([, value]) => value.split(','))
    .map((encoding) => encoding.trim().toLowerCase())
    .filter((encoding) => encoding !== '');
}

/** Whether the client framed its body as aws-chunked, as SDKs do to send checksums or signatures along. */
export function isAwsChunked(headers: readonly HeaderEntry[]): boolean {
  return declaredPayloadHash(headers)?.startsWith('STREAMING-') || contentEncodings(headers).includes('aws-chunked');
}

/** The payload hash that the client signed, or would have. */
export function declaredPayloadHash(headers: readonly HeaderEntry[]): string | undefined {
  return header(headers, 'x-amz-content-sha256');
}

/** Whether the request asks for another protocol, such as WebSocket: its body is a conversation without an end. */
export function isUpgrade(headers: readonly HeaderEntry[]): boolean {
  return headers.some(([name]) => name === 'upgrade');
}

/** Whether the body is gRPC, which may be a stream without an end. */
export function isGrpc(headers: readonly HeaderEntry[]): boolean {
  return headers.some(([name, value]) => name === 'content-type' && /^application\/grpc(?:$|[+;])/i.test(value));
}

/** The length of a body without its frames, in bytes, as the client gave it. */
export function decodedLength(headers: readonly HeaderEntry[], chunked: boolean): number | undefined {
  return wholeNumber(header(headers, chunked ? 'x-amz-decoded-content-length' : 'content-length'));
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function header(headers: readonly HeaderEntry[], name: string): string | undefined {
  return headers.find((entry) => entry[0] === name)?.[1];
}
