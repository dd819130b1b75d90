import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InputError } from '../../explain/index.ts';
import { explainReport } from './explain-report.ts';
import { explainPasted } from './explain-request.ts';
import { isOwnHost, refusalOfPost } from './guard.ts';
import { liveParts, page } from './layout.ts';
import type { PageSources } from './page-sources.ts';

const MOST_POSTED_BYTES = 512 * 1024;

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const asset = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Answers the operator's page and what belongs to it. */
export class PageHandler {
  readonly #sources: PageSources;
  readonly #token = randomBytes(18).toString('base64url');
  readonly #assets: ReadonlyMap<string, { type: string; text: string }>;

  constructor(sources: PageSources) {
    this.#sources = sources;
    this.#assets = new Map([
      ['/page/page.css', { type: 'text/css; charset=utf-8', text: asset('page.css') }],
      ['/page/page.js', { type: 'text/javascript; charset=utf-8', text: asset('page.js') }],
      ['/page/icon.svg', { type: 'image/svg+xml', text: asset('icon.svg') }],
    ]);
  }

  /** @param path `/`, or below `/page/` */
  handle(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (!isOwnHost(request.headers.host)) {
      answer(response, 421, 'open this page by its address or as localhost, such as by kubectl port-forward\n');
    } else if (request.method === 'POST') {
      this.#post(request, response, path).catch((error: unknown) => {
        const known = error instanceof InputError;
        answer(response, known ? 400 : 500, known ? error.message : 'the signer failed');
      });
    } else if (request.method === 'GET' || request.method === 'HEAD') this.#get(response, path);
    else answer(response, 405, 'only GET and POST\n');
  }

  #get(response: ServerResponse, path: string): void {
    const found = this.#assets.get(path);
    if (found) answer(response, 200, found.text, found.type);
    else if (path === '/') answer(response, 200, page(this.#sources, this.#token, Date.now()).text, HTML);
    else if (path === '/page/live') {
      const parts = Object.entries(liveParts(this.#sources, Date.now())).map(([id, { text }]) => [id, text]);
      answer(response, 200, JSON.stringify(Object.fromEntries(parts)), 'application/json');
    } else answer(response, 404, 'there is no such part of the page\n');
  }

  async #post(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const refusal = refusalOfPost(request.headers, this.#token);
    if (refusal !== undefined) return answer(response, 403, refusal);
    const form = await posted(request);
    switch (path) {
      case '/page/evict':
        return this.#evict(response, form);
      case '/page/explain':
        return answer(response, 200, explainReport(await explainPasted(form, this.#sources)).text, HTML);
      default:
        return answer(response, 404, 'there is no such part of the page\n');
    }
  }

  #evict(response: ServerResponse, form: unknown): void {
    const id = typeof form === 'object' && form !== null && 'id' in form ? String(form.id) : '';
    const evicted = this.#sources.credentials.evictById(id);
    answer(
      response,
      evicted ? 200 : 404,
      evicted ? 'Evicted: the next request of this identity gets new credentials.' : 'It is not in the cache any more.',
    );
  }
}

const HTML = 'text/html; charset=utf-8';

/** @throws InputError where it is too long, or not JSON */
async function posted(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_POSTED_BYTES) throw new InputError('this is more than the page takes: half a megabyte');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new InputError('what was sent is not JSON');
  }
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': type }).end(body);
}
