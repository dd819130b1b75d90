import type { HeaderEntry } from '../signing/index.ts';
import { type ClientRequest, headerOf, InputError } from './client-request.ts';

/**
 * Reads a request in HTTP form: request line, headers, blank line, body. Lines of the head end in LF or CRLF; the body
 * is taken byte for byte.
 * @throws InputError
 */
export function parseHttpRequest(message: Buffer): ClientRequest {
  const text = message.toString('latin1').replace(/^(?:\r?\n)+/, '');
  const end = /\r?\n\r?\n/.exec(text);
  const head = end ? text.slice(0, end.index) : text.replace(/\r?\n$/, '');
  const rest = end ? text.slice(end.index + end[0].length) : '';
  const [requestLine = '', ...fields] = head.split(/\r?\n/);
  const { method, target } = parseRequestLine(requestLine);
  const all = fields.map(parseField);
  const headers = all.filter(([name]) => name !== 'host');

  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(target);
  const authority = absolute?.[1] ?? headerOf(all, 'host');
  if (!authority) throw new InputError('the request has no host header');
  const path = absolute ? (absolute[2] ?? '').replace(/^(?!\/)/, '/') : target;

  const { body, notes } = bodyOf(rest, headers);
  const hasFraming = headerOf(headers, 'content-length') !== undefined || isChunked(headers);
  if (body.length > 0 && !hasFraming) headers.push(['content-length', String(body.length)]);
  return { request: { method, path, authority, headers }, body, notes };
}

function parseRequestLine(line: string): { method: string; target: string } {
  const [, method, target] = /^([\w!#$%&'*+.^`|~-]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/.exec(line) ?? [];
  if (method === undefined || target === undefined) {
    throw new InputError(
      'the first line must be a request line such as "GET /path HTTP/1.1", blanks in the path as %20',
    );
  }
  return { method, target };
}

function parseField(line: string, index: number): HeaderEntry {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new InputError(`line ${index + 2} must be a header such as "host: example.com", or blank before the body`);
  }
  return [name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, '')];
}

function bodyOf(rest: string, headers: readonly HeaderEntry[]): { body: Buffer; notes: string[] } {
  const bytes = Buffer.from(rest, 'latin1');
  const declared = headerOf(headers, 'content-length');
  if (declared === undefined) {
    if (/^[\r\n]*$/.test(rest) && !isChunked(headers)) return { body: Buffer.alloc(0), notes: [] };
    return { body: bytes, notes: rest.endsWith('\n') ? [LAST_NEWLINE] : [] };
  }
  const length = /^\d{1,15}$/.test(declared) ? Number(declared) : Number.NaN;
  const surplus = rest.slice(length);
  if (!(bytes.length >= length) || !/^[\r\n]*$/.test(surplus)) {
    throw new InputError(`content-length says ${declared}, but the body has ${bytes.length} bytes`);
  }
  return { body: bytes.subarray(0, length), notes: [] };
}

const LAST_NEWLINE =
  "The file's last line feed counts as part of the body. If the client did not send it, give a content-length, or end the file without it.";

function isChunked(headers: readonly HeaderEntry[]): boolean {
  return headerOf(headers, 'transfer-encoding') !== undefined;
}
