import { get } from 'node:http';

// A program of its own, not a command of main.ts: a probe starts it every few seconds, and it loads nothing.
//   node dist/cli/health.js [ready|live] [ADDRESS]
// ADDRESS is the admin port's, as in --admin. Default: SIGV4_EXTPROC_ADMIN, else the service's own default.
const [state = 'ready', given] = process.argv.slice(2);
const address = given ?? (process.env.SIGV4_EXTPROC_ADMIN || '127.0.0.1:9902');
const TIMEOUT_MS = 3_000;
const paths: Record<string, string> = { ready: '/readyz', live: '/healthz' };

const path = paths[state];
if (path === undefined) end(2, `not a state: ${state}; it is ready or live`);

const target = address.startsWith('unix:') ? { socketPath: address.slice('unix:'.length) } : tcp(address);
const request = get({ ...target, path, headers: { host: 'localhost' }, timeout: TIMEOUT_MS }, (response) => {
  response.resume();
  if (response.statusCode === 200) end(0);
  end(1, `${address}${path} answers ${response.statusCode}`);
});
request.once('timeout', () => end(1, `${address} does not answer within ${TIMEOUT_MS / 1000} s`));
request.once('error', (error) => end(1, `${address} cannot be reached (${error.message})`));

function tcp(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 1 || !(port > 0)) end(2, `not an address: ${text}; it is host:port, [ipv6]:port or unix:/path`);
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
}

function end(code: number, message?: string): never {
  if (message !== undefined) console.error(message);
  process.exit(code);
}
