import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { PageHandler, PageSources } from './page/index.ts';

export interface AdminParts {
  registry: Registry;
  /** Whether requests should be sent here. */
  isReady: () => boolean;
  page: PageSources;
}

/**
 * The port for probes, scrapes and people: /healthz (the process answers), /readyz (it takes requests), /metrics
 * (Prometheus), / (the operator's page).
 */
export function createAdminServer({ registry, isReady, page }: AdminParts): Server {
  let pageHandler: Promise<PageHandler> | undefined;
  return createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (path === '/' || path.startsWith('/page/')) {
      // With what explains requests behind it: loaded when a person first looks.
      pageHandler ??= import('./page/index.ts').then(({ PageHandler }) => new PageHandler(page));
      return void pageHandler
        .then((handler) => handler.handle(request, response, path))
        .catch(() => (response.headersSent ? response.destroy() : answer(response, 500, 'the page cannot be made\n')));
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET\n');
    switch (path) {
      case '/healthz':
        return answer(response, 200, 'ok\n');
      case '/readyz':
        return isReady() ? answer(response, 200, 'ready\n') : answer(response, 503, 'not ready\n');
      case '/metrics':
        return void registry.metrics().then(
          (text) => answer(response, 200, text, registry.contentType),
          () => answer(response, 500, 'the metrics cannot be read\n'),
        );
      default:
        return answer(response, 404, 'there are /, /healthz, /readyz and /metrics\n');
    }
  });
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
