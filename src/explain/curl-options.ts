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

type Apply = (call: CurlCall, value: string, readFile: ReadFile) => void;

const withValue = new Map<string, Apply>();
const withoutValue = new Map<string, (call: CurlCall) => void>();

function take(names: readonly string[], apply: Apply): void {
  for (const name of names) withValue.set(name, apply);
}

function flag(names: readonly string[], apply: (call: CurlCall) => void): void {
  for (const name of names) withoutValue.set(name, apply);
}

const ignored = () => undefined;

take(['--url'], (call, value) => setUrl(call, value));
take(['-X', '--request'], (call, value) => {
  call.method = value;
});
take(['-H', '--header'], (call, value) => {
  if (value.startsWith('@')) throw new InputError('-H @file is not read here: give the headers one by one');
  call.headers.push(value);
});
take(['-d', '--data', '--data-ascii'], (call, value, readFile) => {
  call.data.push(value.startsWith('@') ? withoutLineEnds(readFile(value.slice(1))) : Buffer.from(value));
});
take(['--data-binary'], (call, value, readFile) => {
  call.data.push(value.startsWith('@') ? readFile(value.slice(1)) : Buffer.from(value));
});
take(['--data-raw'], (call, value) => {
  call.data.push(Buffer.from(value));
});
take(['--data-urlencode'], (call, value) => {
  const [, name = '', content = ''] = /^(?:([^=]*)=)?([\s\S]*)$/.exec(value) ?? [];
  call.data.push(Buffer.from(`${name === '' ? '' : `${name}=`}${formEncoded(content)}`));
});
take(['--json'], (call, value, readFile) => {
  call.json = true;
  call.data.push(value.startsWith('@') ? readFile(value.slice(1)) : Buffer.from(value));
});
take(['-u', '--user'], (call, value) => {
  call.user = value;
});
take(['-b', '--cookie'], (call, value) => {
  if (!value.includes('=')) throw new InputError('-b with a file is not read here: give the cookies as name=value');
  call.cookies.push(value);
});
take(['-A', '--user-agent'], (call, value) => {
  call.userAgent = value;
});
take(['-e', '--referer'], (call, value) => {
  call.referer = value;
});
flag(['-G', '--get'], (call) => {
  call.dataInQuery = true;
});
flag(['-I', '--head'], (call) => {
  call.head = true;
});
flag(['--compressed'], (call) => {
  call.compressed = true;
});
flag(['--path-as-is'], (call) => {
  call.pathAsIs = true;
});

// What changes how curl connects or prints, but nothing of the request.
const QUIET =
  '-s --silent -S --show-error -v --verbose -i --include --show-headers -k --insecure -L --location -f --fail -N --no-buffer -g --globoff -# --progress-bar -0 --http1.0 --http1.1 --http2 --http2-prior-knowledge -4 -6 --no-progress-meter';
flag(QUIET.split(' '), ignored);
take(
  '-o --output -w --write-out -m --max-time --connect-timeout --resolve --connect-to --cacert --unix-socket'.split(' '),
  ignored,
);

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
    const apply = withValue.get(name);
    const set = withoutValue.get(name);
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

function formEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
