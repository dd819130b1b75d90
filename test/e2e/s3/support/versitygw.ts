import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, startChild } from '../../../support/child.ts';
import { isolatedEnvironment } from '../../moto/support/environment.ts';
import type { Certificate } from '../../support/certificate.ts';

export const REGION = 'eu-west-1';
/** The host of path-style requests; a bucket's own is `BUCKET.` in front of it. */
export const S3_HOST = `s3.${REGION}.amazonaws.com`;
/** The one key pair that the server knows. */
export const SERVER_KEYS = {
  accessKeyId: 'AKIAOFTHESERVER00001',
  secretAccessKey: 'the-secret-of-the-server',
} as const;

const START_TIMEOUT_MS = 20_000;
const ATTEMPTS = 5;
const POLL_MS = 20;

export interface Versitygw {
  pid: number;
  /** HTTPS on 127.0.0.1. */
  port: number;
  /** Holds a folder for each bucket, and in it each object as a file. */
  folder: string;
  output: () => string;
  /** SIGKILL; resolves once it has ended. Its files stay. */
  kill: () => Promise<unknown>;
  /** Ends it and removes its files. */
  close: () => Promise<void>;
}

/**
 * Runs versitygw on a free port of loopback, with empty folders, and buckets by both styles of address.
 * @throws Error with its output when it does not start
 */
export async function startVersitygw(binary: string, certificate: Certificate): Promise<Versitygw> {
  const home = mkdtempSync(join(tmpdir(), 'versitygw-'));
  const remove = () => rmSync(home, { recursive: true, force: true });
  const folder = join(home, 'buckets');
  const metadata = join(home, 'metadata');
  for (const path of [folder, metadata]) mkdirSync(path);
  const files = { cert: join(home, 'cert.pem'), key: join(home, 'key.pem') };
  writeFileSync(files.cert, certificate.cert);
  writeFileSync(files.key, certificate.key, { mode: 0o600 });
  // Of port 0 it does not tell what came of it: a port that was free a moment ago may be taken.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = await startChild(
      binary,
      [
        // Never with --keep-alive: behind a body in a client's unsigned chunks it takes the rest for the next request.
        ...['--quiet', '--port', `127.0.0.1:${port}`, '--region', REGION, '--virtual-domain', S3_HOST],
        ...['--cert', files.cert, '--key', files.key, '--health', `/health-of-${port}`],
        ...['posix', '--sidecar', metadata, folder],
      ],
      { env: environment() },
    );
    if (await isUp(child, port, certificate.cert)) {
      const close = () => child.close().then(remove);
      return { pid: child.pid, port, folder, output: child.output, kill: child.kill, close };
    }
    await child.kill();
    if (attempt < ATTEMPTS) continue;
    remove();
    throw new Error(`versitygw did not start\n${child.output()}`);
  }
}

function environment(): NodeJS.ProcessEnv {
  const { AWS_CA_BUNDLE: _, ...kept } = isolatedEnvironment();
  const own = Object.entries(kept).filter(([name]) => !/^(VGW_|ROOT_)/.test(name));
  return {
    ...Object.fromEntries(own),
    ROOT_ACCESS_KEY_ID: SERVER_KEYS.accessKeyId,
    ROOT_SECRET_ACCESS_KEY: SERVER_KEYS.secretAccessKey,
  };
}

async function isUp(child: Child, port: number, ca: string): Promise<boolean> {
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline && !ended; await delay(POLL_MS)) {
    if (await isHealthy(port, ca)) return true;
  }
  return false;
}

function isHealthy(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', servername: S3_HOST, port, ca, path: `/health-of-${port}`, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    probe.once('error', () => resolve(false));
    probe.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
