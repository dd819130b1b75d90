import type { HeaderEntry, WireRequest } from '../signing/index.ts';
import type { WireHeader } from './messages.ts';

/** What a request's headers say of it. */
export interface RequestView {
  request: WireRequest;
  /** Of x-request-id, for logs. */
  requestId?: string;
  traceparent?: string;
}

/** Parts the pseudo-headers from the others; names are lower-case, as HTTP/2 has them. */
export function viewOf(headers: readonly HeaderEntry[]): RequestView {
  let method = '';
  let path = '';
  let authority = '';
  const ids: Pick<RequestView, 'requestId' | 'traceparent'> = {};
  const entries: HeaderEntry[] = [];
  for (const header of headers) {
    const [key, value] = header;
    if (key.charCodeAt(0) === COLON) {
      if (key === ':method') method = value;
      else if (key === ':path') path = value;
      else if (key === ':authority') authority = value;
      continue;
    }
    const name = key.toLowerCase();
    if (name === 'host') continue;
    if (name === 'x-request-id') ids.requestId ??= value;
    else if (name === 'traceparent') ids.traceparent ??= value;
    entries.push(name === key ? header : [name, value]);
  }
  return { request: { method, path, authority, headers: entries }, ...ids };
}

const COLON = 0x3a;

/** One character for each byte, whatever the value's encoding: what is signed is what is sent. */
export function headerEntry(header: WireHeader): HeaderEntry {
  const value = header.raw_value?.length
    ? header.raw_value.toString('latin1')
    : Buffer.from(header.value ?? '', 'utf8').toString('latin1');
  return [header.key ?? '', value];
}
