import { matchesGlob } from '../../../src/config/glob.ts';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../../src/config/index.ts';
import { bearerToken } from '../../../src/credentials/index.ts';
import { AwsChunkedDecoder, FramingError } from '../../../src/signing/aws-chunked/index.ts';
import { payloadHash, serviceRules, sign } from '../../../src/signing/index.ts';
import { DEMO_WORKLOAD } from '../../../test/stand-in/demo-config.ts';
import type { HeaderPair } from '../../../test/support/ext-proc-messages.ts';

const LARGE = 1024 * 1024;
const GROWTH = 8;
/** What grows with n log n takes some nine times as long for eight times as much; a square, 64 times. */
const MOST_GROWTH = 32;
/** Less than this is noise, or harmless. */
const NOISE_MS = 100;
const RUNS = 3;

export interface Growth {
  name: string;
  /** Milliseconds for 1 MiB. */
  milliseconds: number;
  /** How many times as long as for an eighth of it. */
  growth: number;
  isLinear: boolean;
}

/** How the time of each step that reads what a client or a tenant sent grows with the length of it. */
export function measureGrowth(): Growth[] {
  return Object.entries(STEPS).map(([name, prepare]) => {
    const growth = growthOf(name, prepare);
    // A machine that is busy may slow down one of the two.
    return growth.isLinear ? growth : growthOf(name, prepare);
  });
}

function growthOf(name: string, prepare: (size: number) => () => void): Growth {
  const small = bestTime(prepare(LARGE / GROWTH));
  const milliseconds = bestTime(prepare(LARGE));
  const growth = milliseconds / small;
  return { name, milliseconds, growth, isLinear: milliseconds < NOISE_MS || growth < MOST_GROWTH };
}

function bestTime(step: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    step();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

/** Each makes its input of so many bytes, and gives what is to be timed. */
const STEPS: Readonly<Record<string, (size: number) => () => void>> = {
  'path of escapes, S3': (size) => signing('s3', `/${fill('%c3%a9', size)}`),
  'path of broken escapes, S3': (size) => signing('s3', `/${fill('%', size)}`),
  'path of slashes': (size) => signing('es', fill('/', size)),
  'path of dots': (size) => signing('es', fill('/..', size)),
  'path down and up': (size) => signing('es', fill('/a', size / 2) + fill('/..', size / 2)),
  'query of &': (size) => signing('es', `/?${fill('&', size)}`),
  'query of =': (size) => signing('es', `/?${fill('=', size)}`),
  'query of +': (size) => signing('es', `/?${fill('+', size)}`),
  'query of one name': (size) => signing('es', `/?${fill('a=1&', size)}`),
  'query of falling names': (size) => signing('es', `/?${falling(size, (n) => `${n}=&`)}`),
  'query of long equal beginnings': (size) => signing('es', `/?${falling(size, (n) => `${fill('a', 1000)}${n}&`)}`),
  'header of blanks': (size) => signing('es', '/', [['x-amz-a', `a${fill(' ', size)}b`]]),
  'header of tabs': (size) => signing('es', '/', [['x-amz-a', fill('a\t', size)]]),
  'one header many times': (size) =>
    signing(
      'es',
      '/',
      headers(size, () => 'x-amz-a', 'a'),
    ),
  'one header many times, with tabs': (size) =>
    signing(
      'es',
      '/',
      headers(size, () => 'x-amz-a', 'a\tb'),
    ),
  'headers of falling names': (size) =>
    signing(
      'es',
      '/',
      headers(size, (n) => `x-amz-${n}`, 'a'),
    ),
  'headers of falling names, with tabs': (size) =>
    signing(
      'es',
      '/',
      headers(size, (n) => `x-amz-${n}`, 'a\tb'),
    ),
  'headers to strip': (size) =>
    signing(
      'lambda',
      '/',
      headers(size, (n) => `x-amzn-${n}`, 'a'),
    ),
  'chunks of one byte': (size) => decoding(fill('1\r\na\r\n', size)),
  'chunk extensions': (size) => decoding(fill(`1;${fill('x', 4000)}\r\na\r\n`, size)),
  'trailers with blanks inside': (size) => decodingTrailers(`x:a${fill(' ', size / 300)}b\r\n`),
  'lines byte by byte': (size) => decodingBytewise(fill('1\r\na\r\n', size / 8)),
  'config of brackets': (size) => resolving({ initialMetadata: fill('[', size) }),
  'config of unknown fields': (size) => resolving({ initialMetadata: `{${falling(size, (n) => `"${n}":1,`)}"a":1}` }),
  'config of one field many times': (size) =>
    resolving({ initialMetadata: `{${fill('"aws_region":"a",', size)}"a":1}` }),
  'metadata text of braces': (size) => resolving({ routeMetadata: fill('a{', size) }),
  'metadata text of strings': (size) => resolving({ routeMetadata: `a: ${fill('"x"', size)}` }),
  'metadata text of blanks': (size) => resolving({ routeMetadata: `a${fill(' ', size)}` }),
  'bearer of blanks': (size) => failing(() => bearerToken(`Bearer ${fill(' ', size)}`)),
  'bearer of =': (size) => failing(() => bearerToken(`Bearer a${fill('=', size)}b`)),
  'glob of a long host': (size) => () => void matchesGlob('*a*b*c*', fill('ab', size)),
};

function signing(service: string, path: string, own: readonly HeaderPair[] = []): () => void {
  const parameters = {
    algorithm: 'sigv4',
    region: 'eu-west-1',
    service,
    rules: serviceRules(service),
    signedHeaders: new Set<string>(),
  } as const;
  const request = { method: 'GET', path, authority: 'api.test', headers: own };
  return () => void sign(request, parameters, DEMO_WORKLOAD, payloadHash(Buffer.alloc(0)), new Date());
}

function decoding(text: string): () => void {
  const body = Buffer.from(text, 'latin1');
  return failing(() => new AwsChunkedDecoder().push(body), FramingError);
}

/** As many as a body may have; a line may have some 4 KiB. */
function decodingTrailers(line: string): () => void {
  return decoding(`0\r\n${line.repeat(32)}\r\n`);
}

function decodingBytewise(text: string): () => void {
  const bytes = [...text].map((character) => Buffer.from(character, 'latin1'));
  const decode = () => {
    const decoder = new AwsChunkedDecoder();
    for (const byte of bytes) decoder.push(byte);
  };
  return failing(decode, FramingError);
}

function resolving(sources: { initialMetadata?: string; routeMetadata?: string }): () => void {
  return failing(() => new RouteConfigResolver(DEFAULT_SERVER_CONFIG).resolve(sources));
}

/** Most of this input is refused, which is as it should be. */
function failing(step: () => unknown, expected: new (...args: never[]) => Error = Error): () => void {
  return () => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof expected)) throw error;
    }
  };
}

function fill(unit: string, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
}

function falling(size: number, item: (n: string) => string): string {
  const items: string[] = [];
  for (let length = 0, n = 9_999_999; length < size; n--) {
    const next = item(String(n));
    items.push(next);
    length += next.length;
  }
  return items.join('');
}

/** At sixteen bytes each. */
function headers(size: number, name: (n: number) => string, value: string): HeaderPair[] {
  return Array.from({ length: size / 16 }, (_, index) => [name(9_999_999 - index), value]);
}
