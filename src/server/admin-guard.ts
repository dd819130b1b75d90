import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { ListenAddress } from './listen-address.ts';
import type { Logger } from './log.ts';
import { isLoopback } from './transport/exposure.ts';
import { watchFiles } from './watch-files.ts';

/** What probes and load balancers ask, without anything to show. */
const OPEN_PATHS = new Set(['/healthz', '/readyz']);

/**
 * Keeps all but the probes from those without the token. Without a token, all of it is for those who reach loopback
 * or the unix socket, and nothing but the probes for those who come from further away.
 * @throws Error for a token file that cannot be used
 */
export async function openAdminGuard(
  server: Server,
  address: ListenAddress,
  tokenFile: string | undefined,
  log: Logger,
): Promise<{ close: () => void }> {
  const isNear = address.kind === 'unix' || isLoopback(address.host);
  if (tokenFile === undefined) {
    if (!isNear) {
      log.warn('the admin port is open beyond loopback without admin_token_file: only its probes are served');
      guard(server, (_, response) => deny(response, 403, 'needs admin_token_file, as it is open beyond loopback\n'));
    }
    return { close: () => undefined };
  }
  const content = await readFile(tokenFile).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`admin_token_file: ${tokenFile} cannot be read (${error.code ?? 'unknown error'})`);
  });
  let token = tokenDigest(content);
  if (token === undefined) throw new Error(`admin_token_file: ${tokenFile} is empty`);
  const watch = watchFiles([tokenFile], [content], {
    onChange([changed]) {
      token = (changed && tokenDigest(changed)) ?? token;
    },
  });
  guard(server, (request, response) => {
    const given = givenToken(request.headers.authorization);
    if (given !== undefined && token !== undefined && timingSafeEqual(digest(given), token)) return true;
    response.setHeader('www-authenticate', ['Bearer', 'Basic realm="sigv4-extproc", charset="UTF-8"']);
    return deny(response, 401, "needs the token of admin_token_file, as Bearer or as Basic's password\n");
  });
  return { close: watch.close };
}

type Check = (request: IncomingMessage, response: ServerResponse) => boolean;

function guard(server: Server, isAllowed: Check): void {
  const serve = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (!OPEN_PATHS.has(path) && !isAllowed(request, response)) return;
    for (const listener of serve) listener(request, response);
  });
}

function deny(response: ServerResponse, status: number, text: string): false {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(text);
  return false;
}

/** Of `Bearer TOKEN`, or of `Basic` with any user and the token as password, which is what browsers can send. */
function givenToken(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() !== 'basic') return value || undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function tokenDigest(content: Buffer): Buffer | undefined {
  const token = content.toString('utf8').trim();
  return token === '' ? undefined : digest(token);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
