import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Test vectors that are handed out beside the repository; tests that need them skip where they are absent. */
const ROOT = fileURLToPath(new URL('../../../shared/vectors', import.meta.url));

export const VECTORS_ABSENT = existsSync(ROOT) ? undefined : 'the SigV4 vectors in ../shared/vectors are absent';

/** One case of a suite: a raw HTTP request, and what each stage has to make of it. */
export interface SigningVector {
  name: string;
  request: RawRequest;
  normalize: boolean;
  sessionToken?: string;
  /** The suite's signer leaves the token out of what it signs. */
  unsignedToken: boolean;
  inHeaders: StagesOfVector;
  /** Absent where the suite has none. */
  inQuery?: StagesOfVector;
  /** Of SigV4A, whose signatures are never the same twice: hex coordinates on P-256. */
  publicKey?: { X: string; Y: string };
}

export interface StagesOfVector {
  canonicalRequest: string;
  stringToSign: string;
  signature: string;
}

export interface RawRequest {
  method: string;
  /** As it stands in the request line, which may hold what no real wire carries: blanks, bytes beyond ASCII. */
  path: string;
  headers: [name: string, value: string][];
  body: string;
}

/** The suite of aws-c-auth for `v4` or `v4a`; its licence and notice stand beside it. */
export function awsCAuthVectors(version: 'v4' | 'v4a'): SigningVector[] {
  const suite = `${ROOT}/aws-c-auth/tests/aws-signing-test-suite/${version}`;
  return caseFolders(suite, 'header-signature.txt').map((folder) => {
    const read = (file: string) => readFileSync(`${folder}/${file}`, 'latin1');
    const context = JSON.parse(read('context.json'));
    const stages = (placement: 'header' | 'query'): StagesOfVector => ({
      canonicalRequest: read(`${placement}-canonical-request.txt`),
      stringToSign: read(`${placement}-string-to-sign.txt`),
      signature: read(`${placement}-signature.txt`).trim(),
    });
    return {
      name: nameOf(folder),
      request: parseRequest(read('request.txt')),
      normalize: context.normalize,
      ...(context.credentials.token && { sessionToken: context.credentials.token }),
      unsignedToken: context.omit_session_token === true,
      inHeaders: stages('header'),
      inQuery: stages('query'),
      ...(version === 'v4a' && { publicKey: JSON.parse(read('public-key.json')) }),
    };
  });
}

/** botocore's copy of the older suite, whose licence and notice stand beside it. */
export function botocoreVectors(): SigningVector[] {
  return caseFolders(`${ROOT}/botocore/tests/unit/auth/aws4_testsuite`, '.creq').map((folder) => {
    const name = nameOf(folder);
    const read = (extension: string) => readFileSync(`${folder}/${name}.${extension}`, 'latin1').replaceAll('\r', '');
    return {
      name,
      request: parseRequest(read('req')),
      normalize: true,
      unsignedToken: false,
      inHeaders: {
        canonicalRequest: read('creq'),
        stringToSign: read('sts'),
        signature: read('authz').split('Signature=')[1]?.trim() ?? '',
      },
    };
  });
}

export interface S3DocumentationCase {
  name: string;
  method: string;
  canonicalPath: string;
  canonicalQuery: string;
  headers: Record<string, string>;
  payloadHash: string;
  signature: string;
  chunkSignatures?: string[];
  trailer?: string;
  trailerSignature?: string;
}

/** The worked examples of the S3 documentation. */
export function s3DocumentationCases(): S3DocumentationCase[] {
  return JSON.parse(readFileSync(`${ROOT}/aws-docs-s3/cases.json`, 'utf8')).cases;
}

/** Folders at any depth that hold a file whose name ends so. */
function caseFolders(folder: string, ending: string): string[] {
  const inside = readdirSync(folder).map((name) => `${folder}/${name}`);
  if (inside.some((path) => path.endsWith(ending))) return [folder];
  return inside.filter((path) => statSync(path).isDirectory()).flatMap((path) => caseFolders(path, ending));
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

function parseRequest(text: string): RawRequest {
  const [head = '', ...rest] = text.split('\n\n');
  const [requestLine = '', ...lines] = head.split('\n').filter((line) => line !== '');
  const [, method = '', path = ''] = /^(\S+) (.*?)(?: HTTP\/1\.1)?$/i.exec(requestLine) ?? [];
  const headers: RawRequest['headers'] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const last = headers.at(-1);
    // A folded line goes on with the header before it (RFC 9112 §5.2).
    if (/^\s/.test(line) && last) last[1] += ` ${line.trim()}`;
    else headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1)]);
  }
  return { method, path, headers, body: rest.join('\n\n') };
}
