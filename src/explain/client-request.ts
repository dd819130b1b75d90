import type { HeaderEntry, WireRequest } from '../signing/index.ts';

/** A request as the client sends it to Envoy. All strings hold one byte per character (latin1). */
export interface ClientRequest {
  request: WireRequest;
  body: Buffer;
  /** What was made of an input that can be read in more than one way. */
  notes: string[];
}

/** The request, the route or the answer that was given cannot be read; the message says what to change. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

export function headerOf(headers: readonly HeaderEntry[], name: string): string | undefined {
  return headers.find((entry) => entry[0] === name)?.[1];
}

/** Text as the bytes of its UTF-8, one per character. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
