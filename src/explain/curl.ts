import type { HeaderEntry } from '../signing/index.ts';
import { type ClientRequest, headerOf, InputError, toBytes } from './client-request.ts';
import { type CurlCall, parseCurlOptions, type ReadFile } from './curl-options.ts';
import { shellWords } from './shell-words.ts';

/**
 * The request that a curl command line sends, with the headers that curl adds of its own.
 * @param readFile for `-d @file`
 * @throws InputError
 */
export function parseCurl(line: string, readFile: ReadFile): ClientRequest {
  const [command, ...words] = shellWords(line);
  if (command === undefined || !/(?:^|\/)curl(?:\.exe)?$/.test(command)) {
    throw new InputError('the curl line must begin with curl');
  }
  const call = parseCurlOptions(words, readFile);
  const { authority, path, query, user } = splitUrl(call);
  const data = joined(call.data);
  const body = call.dataInQuery || call.head ? Buffer.alloc(0) : data;
  const queryData = call.dataInQuery && data.length > 0 ? [data.toString('latin1')] : [];
  const queryText = [...(query === undefined ? [] : [query]), ...queryData].join('&');
  const sendsBody = call.data.length > 0 && !call.dataInQuery && !call.head;

  const headers = headersOf(call, sendsBody ? body.length : undefined, call.user ?? user);
  const host = headerOf(headers, 'host');
  return {
    request: {
      method: call.method ?? (call.head ? 'HEAD' : sendsBody ? 'POST' : 'GET'),
      path: queryText === '' && query === undefined ? path : `${path}?${queryText}`,
      authority: host ?? authority,
      headers: headers.filter(([name]) => name !== 'host'),
    },
    body,
    notes: [],
  };
}

function splitUrl({ url, pathAsIs }: CurlCall) {
  if (url === undefined) throw new InputError('the curl line has no URL');
  const parts = /^(?:(https?):\/\/)?(?:([^/?#@]*)@)?([^/?#@]+)([^?#]*)(?:\?([^#]*))?/i.exec(toBytes(url));
  const [, scheme = 'http', user, host, path = '', query] = parts ?? [];
  if (host === undefined || /[^\x21-\xff]/.test(url) || url.includes('://') !== /^https?:/i.test(url)) {
    throw new InputError('the URL in the curl line must be one of http or https, blanks in it as %20');
  }
  return {
    authority: host.replace(scheme.toLowerCase() === 'https' ? /:443$/ : /:80$/, ''),
    path: pathAsIs ? path || '/' : withoutDotSegments(path || '/'),
    query,
    user,
  };
}

/** curl resolves dots before it sends, unless it is told `--path-as-is`. */
function withoutDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const segments: string[] = [];
  const all = path.split('/').slice(1);
  all.forEach((segment, index) => {
    const last = index === all.length - 1;
    if (segment === '..') segments.pop();
    if (segment !== '.' && segment !== '..') segments.push(segment);
    else if (last) segments.push('');
  });
  return `/${segments.join('/')}`;
}

function headersOf(call: CurlCall, bodyLength: number | undefined, user: string | undefined): HeaderEntry[] {
  const own: HeaderEntry[] = [];
  if (user !== undefined) own.push(['authorization', `Basic ${Buffer.from(user).toString('base64')}`]);
  own.push(['user-agent', call.userAgent ?? 'curl'], ['accept', call.json ? 'application/json' : '*/*']);
  if (call.compressed) own.push(['accept-encoding', 'deflate, gzip']);
  if (call.referer !== undefined) own.push(['referer', call.referer]);
  if (call.cookies.length > 0) own.push(['cookie', call.cookies.join('; ')]);
  const given = call.headers.map(parseHeader);
  if (bodyLength !== undefined) {
    const framed = given.some(([name]) => name === 'transfer-encoding');
    if (!framed) own.push(['content-length', String(bodyLength)]);
    own.push(['content-type', call.json ? 'application/json' : 'application/x-www-form-urlencoded']);
  }
  const overridden = new Set(given.map(([name]) => name));
  const sent = given.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return [...own.filter(([name]) => !overridden.has(name)), ...sent].map(([name, value]) => [name, toBytes(value)]);
}

/** The value is undefined where the header is not to be sent at all. */
function parseHeader(text: string): [name: string, value: string | undefined] {
  const [, name, separator, rest = ''] = /^([\w!#$%&'*+.^`|~-]+)([:;])([^\r\n]*)$/.exec(text) ?? [];
  if (name === undefined) throw new InputError('a header in the curl line is not "name: value"');
  const value = rest.trim();
  if (separator === ';' && value === '') return [name.toLowerCase(), ''];
  return [name.toLowerCase(), separator === ':' && value !== '' ? value : undefined];
}

function joined(pieces: readonly Buffer[]): Buffer {
  return Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from('&'), piece])));
}
