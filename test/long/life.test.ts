import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newAuthority } from '../e2e/support/certificate.ts';
import { type UnderLoad, underLoad } from '../e2e/support/constant-load.ts';
import { type LiveGateway, type LiveGatewayOptions, startLiveGateway } from '../e2e/support/live-gateway.ts';
import { metric } from '../support/metrics.ts';
import { type SignerOptions, type SignerProcess, startSigner } from '../support/signer-process.ts';

// What test/e2e/{drain,mtls,reload,workers}.test.ts show once, over and over.
const RESTARTS = 10;
const ROTATIONS = 20;
const RELOADS = 40;
const CRASHES = 20;
const CONNECTIONS = 16;
const WITHIN = { timeout: 20_000 };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-real-secret' };

let stack: AsyncDisposableStack;
let folder: string;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'life-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
});
afterEach(() => stack.disposeAsync());

async function start(options: SignerOptions): Promise<SignerProcess> {
  const signer = await startSigner({ env: KEYS, ...options });
  stack.defer(async () => void (await signer.close()));
  return signer;
}

async function gatewayTo(signers: readonly SignerProcess[], options: Partial<LiveGatewayOptions> = {}) {
  const live = await startLiveGateway({ signers: signers.map(({ listenPort }) => listenPort), ...options });
  stack.defer(live.close);
  return live;
}

async function losesNothing({ port }: LiveGateway, work: () => Promise<unknown>): Promise<void> {
  const seen: UnderLoad = await underLoad({ port, connections: CONNECTIONS }, work);
  console.log(`${seen.requests} requests`);
  expect(seen.failures).toEqual({});
}

it(`${RESTARTS} rolling restarts lose no request`, async () => {
  const args = ['--shutdown-delay', '1.5'];
  const signers = [await start({ args }), await start({ args })];
  const live = await gatewayTo(signers, { healthCheckSeconds: 0.2 });
  await expect.poll(live.healthySigners, WITHIN).toBe(2);
  await losesNothing(live, async () => {
    for (let restart = 0; restart < RESTARTS * 2; restart++) {
      const [old] = signers.splice(0, 1);
      expect((await old?.close())?.code).toBe(0);
      signers.push(await start({ args, listen: old?.listen ?? '' }));
      await expect.poll(live.healthySigners, WITHIN).toBe(2);
    }
  });
});

it(`${ROTATIONS} rotations of certificates lose no request`, async () => {
  const authority = newAuthority();
  const files = { cert_file: join(folder, 'tls.crt'), key_file: join(folder, 'tls.key') };
  const issue = async () => {
    const { cert, key } = authority.issue({ dnsNames: ['signer.test'] });
    await writeFile(files.cert_file, cert);
    await writeFile(files.key_file, key);
  };
  await issue();
  const signer = await start({ config: JSON.stringify({ tls: files }) });
  const tls = { ca: authority.cert };
  await losesNothing(await gatewayTo([signer], { tls }), async () => {
    for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
      await issue();
      await expect.poll(() => signer.output().split('new connections use them').length - 1, WITHIN).toBe(rotation);
      await losesNothing(await gatewayTo([signer], { tls }), async () => undefined);
    }
  });
});

it(`${RELOADS} changes of the config file lose no request`, async () => {
  const file = join(folder, 'server.yaml');
  await writeFile(file, '');
  const signer = await start({ args: ['--config', file, '--workers', '2'] });
  await losesNothing(await gatewayTo([signer], { concurrency: 2 }), async () => {
    for (let reload = 1; reload <= RELOADS; reload++) {
      await writeFile(file, `cache: { max_entries: ${reload + 100} }\nallow: [{ services: [execute-api] }]\n`);
      process.kill(signer.pid, 'SIGHUP');
      await expect.poll(() => metric(signer, 'sigv4_config_reloads_total{outcome="ok"}'), WITHIN).toBe(reload * 2);
    }
  });
});

it(`${CRASHES} workers that are killed lose no request`, async () => {
  const signer = await start({ args: ['--workers', '3'] });
  await losesNothing(await gatewayTo([signer], { concurrency: 3, retries: true }), async () => {
    for (let crash = 1; crash <= CRASHES; crash++) {
      const children = (await readFile(`/proc/${signer.pid}/task/${signer.pid}/children`, 'utf8')).trim().split(' ');
      process.kill(Number(children[crash % children.length]), 'SIGKILL');
      await expect.poll(() => metric(signer, 'sigv4_workers_replaced_total'), WITHIN).toBe(crash);
      await expect.poll(() => metric(signer, 'sigv4_workers '), WITHIN).toBe(3);
    }
  });
});
