import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Test vectors that are handed out beside the repository; tests that need them skip where they are absent. */
const ROOT = fileURLToPath(new URL('../../../shared/vectors', import.meta.url));

export const VECTORS_ABSENT = existsSync(ROOT) ? undefined : 'the SigV4 vectors in ../shared/vectors are absent';

/** One case of a SigV4 suite: a raw HTTP request, and what each stage has to make of it. */
export interface SigV4Vector {
  name: string;
  request: RawRequest;
  normalize: boolean;
  sessionToken?: string;
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

/** The suite of aws-c-auth, whose licence and notice stand beside it. */
export function awsCAuthVectors(): SigV4Vector[] {
  const folder = `${ROOT}/aws-c-auth/tests/aws-signing-test-suite/v4`;
  return readdirSync(folder).map((name) => {
    const read = (file: string) => readFileSync(`${folder}/${name}/${file}`, 'latin1');
    const context = JSON.parse(read('context.json'));
    return {
      name,
      request: parseRequest(read('request.txt')),
      normalize: context.normalize,
      ...(context.credentials.token && { sessionToken: context.credentials.token }),
      canonicalRequest: read('header-canonical-request.txt'),
      stringToSign: read('header-string-to-sign.txt'),
      signature: read('header-signature.txt').trim(),
    };
  });
}

/** botocore's copy of the older suite, whose licence and notice stand beside it. */
export function botocoreVectors(): SigV4Vector[] {
  return caseFolders(`${ROOT}/botocore/tests/unit/auth/aws4_testsuite`).map((folder) => {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    const read = (extension: string) => readFileSync(`${folder}/${name}.${extension}`, 'latin1').replaceAll('\r', '');
    return {
      name,
      request: parseRequest(read('req')),
      normalize: true,
      canonicalRequest: read('creq'),
      stringToSign: read('sts'),
      signature: read('authz').split('Signature=')[1]?.trim() ?? '',
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
}

/** The worked examples of the S3 documentation. */
export function s3DocumentationCases(): S3DocumentationCase[] {
  return JSON.parse(readFileSync(`${ROOT}/aws-docs-s3/cases.json`, 'utf8')).cases;
}

function caseFolders(folder: string): string[] {
  const inside = readdirSync(folder).map((name) => `${folder}/${name}`);
  const folders = inside.filter((path) => statSync(path).isDirectory()).flatMap(caseFolders);
  return inside.some((path) => path.endsWith('.creq')) ? [folder] : folders;
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
