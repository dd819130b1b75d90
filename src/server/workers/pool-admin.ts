import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { WorkerPool } from './worker-pool.ts';

/** Probes and metrics of all workers together; for the rest, one of them answers. */
export function createPoolAdmin(pool: WorkerPool): Server {
  const all = new AggregatorRegistry();
  const own = ownMetrics(pool);
  return createServer((incoming, response) => {
    const [path] = (incoming.url ?? '/').split('?');
    const isReading = incoming.method === 'GET' || incoming.method === 'HEAD';
    if (isReading && path === '/healthz') return answer(response, 200, 'ok\n');
    if (isReading && path === '/readyz') {
      return pool.isReady ? answer(response, 200, 'ready\n') : answer(response, 503, 'not ready\n');
    }
    if (isReading && path === '/metrics') {
      return void Promise.all([all.clusterMetrics(), own.metrics()]).then(
        ([text, ownText]) => answer(response, 200, `${text}\n${ownText}`, all.contentType),
        () => answer(response, 500, 'the metrics cannot be read\n'),
      );
    }
    forward(incoming, response, pool.adminSocket);
  });
}

function ownMetrics(pool: WorkerPool): Registry {
  const registry = new Registry();
  new Gauge({
    name: 'sigv4_workers',
    help: 'Worker processes that take connections.',
    registers: [registry],
    collect() {
      this.set(pool.size);
    },
  });
  new Counter({
    name: 'sigv4_workers_replaced_total',
    help: 'Worker processes that ended and were replaced.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(pool.replaced);
    },
  });
  return registry;
}

function forward(incoming: IncomingMessage, response: ServerResponse, socketPath: string | undefined): void {
  if (socketPath === undefined) {
    answer(response, 503, 'no worker\n');
    return;
  }
  const { method, url: path, headers } = incoming;
  const outgoing = request({ socketPath, method, path, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(response);
  });
  outgoing.once('error', () => (response.headersSent ? response.destroy() : answer(response, 502, 'no worker\n')));
  incoming.pipe(outgoing);
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
