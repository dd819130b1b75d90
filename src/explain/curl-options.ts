import { InputError } from './client-request.ts';

/** A curl command line, taken apart. */
export interface CurlCall {
  url?: string;
  method?: string;
  /** `Name: value`, `Name;` (empty) or `Name:` (take the default away). */
  headers: string[];
  /** The pieces of the body, in order; curl joins them by `&`. */
  data: Buffer[];
  dataInQuery: boolean;
  head: boolean;
  json: boolean;
  user?: string;
  cookies: string[];
  userAgent?: string;
  referer?: string;
  compressed: boolean;
  pathAsIs: boolean;
}

export type ReadFile = (path: string) => Buffer;

type Apply = (call: CurlCall, value: string, readFile: ReadFile) => unknown;

/** Options with a value, by their names. */
const WITH_VALUE = byName<Apply>([
  ['--url', setUrl],
  ['-X --request', (call, value) => Object.assign(call, { method: value })],
  ['-u --user', (call, value) => Object.assign(call, { user: value })],
  ['-A --user-agent', (call, value) => Object.assign(call, { userAgent: value })],
  ['-e --referer', (call, value) => Object.assign(call, { referer: value })],
  [
    '-H --header',
    (call, value) => {
      if (value.startsWith('@')) throw new InputError('-H @file is not read here: give the headers one by one');
      call.headers.push(value);
    },
  ],
  [
    '-b --cookie',
    (call, value) => {
      if (!value.includes('=')) throw new InputError('-b with a file is not read here: give the cookies as name=value');
      call.cookies.push(value);
    },
  ],
  ['-d --data --data-ascii', (call, value, readFile) => call.data.push(contentOf(value, readFile, withoutLineEnds))],
  ['--data-binary', (call, value, readFile) => call.data.push(contentOf(value, readFile))],
  ['--data-raw', (call, value) => call.data.push(Buffer.from(value))],
  ['--data-urlencode', (call, value) => call.data.push(urlEncoded(value))],
  [
    '--json',
    (call, value, readFile) => {
      call.json = true;
      call.data.push(contentOf(value, readFile));
    },
  ],
  // How curl connects and prints is nothing of the request.
  ['-o --output -w --write-out -m --max-time --connect-timeout --resolve --connect-to --cacert --unix-socket', nothing],
]);

const WITHOUT_VALUE = byName<(call: CurlCall) => unknown>([
  ['-G --get', (call) => Object.assign(call, { dataInQuery: true })],
  ['-I --head', (call) => Object.assign(call, { head: true })],
  ['--compressed', (call) => Object.assign(call, { compressed: true })],
  ['--path-as-is', (call) => Object.assign(call, { pathAsIs: true })],
  ['-s --silent -S --show-error -v --verbose -i --include --show-headers -N --no-buffer -# --progress-bar', nothing],
  ['-k --insecure -L --location -f --fail -g --globoff --no-progress-meter -4 --ipv4 -6 --ipv6', nothing],
  ['-0 --http1.0 --http1.1 --http2 --http2-prior-knowledge', nothing],
]);

/**
 * Reads curl's options from the words behind `curl`.
 * @throws InputError naming an option that is not known here
 */
export function parseCurlOptions(words: readonly string[], readFile: ReadFile): CurlCall {
  const call: CurlCall = {
    headers: [],
    data: [],
    dataInQuery: false,
    head: false,
    json: false,
    cookies: [],
    compressed: false,
    pathAsIs: false,
  };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-') || word === '-') {
      setUrl(call, word);
      continue;
    }
    const name = word.startsWith('--') ? word : word.slice(0, 2);
    const behind = word.slice(name.length);
    const apply = WITH_VALUE.get(name);
    const set = WITHOUT_VALUE.get(name);
    if (apply) {
      const value = behind === '' ? rest.shift() : behind;
      if (value === undefined) throw new InputError(`curl option ${name} has no value`);
      apply(call, value, readFile);
    } else if (set) {
      set(call);
      if (behind !== '') rest.unshift(`-${behind}`);
    } else {
      throw new InputError(`curl option ${name} is not known here: leave it out, or give the request as a file`);
    }
  }
  return call;
}

function setUrl(call: CurlCall, url: string): void {
  if (call.url !== undefined) throw new InputError('the curl line has more than one URL');
  call.url = url;
}

/** curl drops line ends and zero bytes from a file that `-d` names. */
function withoutLineEnds(file: Buffer): Buffer {
  return Buffer.from(file.toString('latin1').replace(/[\r\n\0]/g, ''), 'latin1');
}

/** Of `--data-urlencode`: the name stays, the value is encoded. */
function urlEncoded(value: string): Buffer {
  const [, name, content = ''] = /^(?:([^=]*)=)?([\s\S]*)$/.exec(value) ?? [];
  const encoded = encodeURIComponent(content).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return Buffer.from(name ? `${name}=${encoded}` : encoded);
}

function contentOf(value: string, readFile: ReadFile, edit = (file: Buffer) => file): Buffer {
  return value.startsWith('@') ? edit(readFile(value.slice(1))) : Buffer.from(value);
}

function byName<T>(options: readonly (readonly [names: string, option: T])[]): ReadonlyMap<string, T> {
  return new Map(options.flatMap(([names, option]) => names.split(' ').map((name) => [name, option] as const)));
}

function nothing(): void {}
