import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEMO_WORKLOAD, demoRoles, REPORTS_WORKLOAD_ROLE } from '../stand-in/demo-config.ts';
import { startStandIn } from '../stand-in/index.ts';
import { metric } from '../support/metrics.ts';
import { type SignerProcess, startSigner } from '../support/signer-process.ts';
import { send } from './support/client.ts';
import { underLoad } from './support/constant-load.ts';
import { startLiveGateway } from './support/live-gateway.ts';

const TARGET = 'abc.execute-api.us-east-1.amazonaws.com';

let folder: string;
let file: string;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'reload-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  file = join(folder, 'server.yaml');
});
afterEach(() => stack.disposeAsync());

/** Written aside and renamed, so that there is no half of it. */
async function write(config: object): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(config));
  await rename(`${file}.new`, file);
}

async function start(config: object, env: Record<string, string> = {}): Promise<SignerProcess> {
  await write(config);
  const keys = { AWS_ACCESS_KEY_ID: DEMO_WORKLOAD.accessKeyId, AWS_SECRET_ACCESS_KEY: DEMO_WORKLOAD.secretAccessKey };
  const signer = await startSigner({ env: { ...keys, ...env }, args: ['--config', file] });
  stack.defer(async () => void (await signer.close()));
  return signer;
}

const profile = (target: string, more: object = {}) => ({
  profiles: {
    orders: { aws_region: 'us-east-1', aws_service: 'execute-api', override_target_host: target, ...more },
  },
});

const reloads = (signer: SignerProcess, outcome: string) =>
  metric(signer, `sigv4_config_reloads_total{outcome="${outcome}"}`);

describe('the config file', () => {
  it('is read again as it changes, at SIGHUP too, and no request fails; a bad one changes nothing', async () => {
    const signer = await start(profile(TARGET));
    const live = await startLiveGateway({ signers: [signer.listenPort], route: { profile: 'orders' } });
    stack.defer(live.close);
    const { requests, failures } = await underLoad({ port: live.port, connections: 8 }, async () => {
      await write({ ...profile(TARGET), sts_timeout: 2, allow: [{ services: ['execute-api'] }] });
      await expect.poll(() => reloads(signer, 'ok'), { timeout: 10_000 }).toBe(1);
      await write({ profiles: { orders: { aws_regoin: 'us-east-1' } } });
      await expect.poll(() => reloads(signer, 'failed'), { timeout: 10_000 }).toBe(1);
      expect((await fetch(`http://${signer.admin}/readyz`)).status).toBe(200);
      await write(profile(TARGET));
      process.kill(signer.pid, 'SIGHUP');
      await expect.poll(() => reloads(signer, 'ok'), { timeout: 10_000 }).toBe(2);
    });
    expect(failures).toEqual({});
    expect(requests).toBeGreaterThan(200);
    expect(signer.output()).toContain('profiles.orders.aws_regoin is not a known field');

    await write({ ...profile(TARGET), allow: [{ services: ['s3'] }] });
    await expect.poll(async () => (await send(live.port)).status, { timeout: 10_000 }).toBe(403);
  });

  it('keeps what is cached where nothing that it depends on has changed, and says what needs a restart', async () => {
    const standIn = await startStandIn({ roles: demoRoles, users: [DEMO_WORKLOAD] });
    stack.defer(standIn.close);
    const config = profile(TARGET, { credential_source: 'workload', aws_assume_role_arn: REPORTS_WORKLOAD_ROLE });
    const signer = await start(config, { AWS_ENDPOINT_URL_STS: standIn.sts.url });
    const live = await startLiveGateway({ signers: [signer.listenPort], route: { profile: 'orders' } });
    stack.defer(live.close);
    expect((await send(live.port)).status).toBe(200);
    expect(standIn.sts.calls).toHaveLength(1);

    await write({ ...config, allow: [{ services: ['execute-api'] }], workers: 3, limits: { streams: 5 } });
    await expect.poll(() => reloads(signer, 'ok'), { timeout: 10_000 }).toBe(1);
    expect((await send(live.port)).status).toBe(200);
    expect(standIn.sts.calls).toHaveLength(1);
    expect(signer.output()).toContain('"settings":["workers","limits"]');

    await write({ ...config, cache: { max_entries: 10 } });
    await expect.poll(() => reloads(signer, 'ok'), { timeout: 10_000 }).toBe(2);
    expect((await send(live.port)).status).toBe(200);
    expect(standIn.sts.calls).toHaveLength(2);
  });
});

it('is ready only when the workload has the credentials that the file needs; callers are served before', async () => {
  const credentials = join(folder, 'credentials');
  await writeFile(credentials, '');
  const signer = await start(profile(TARGET), {
    ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  });
  const ready = async () => (await fetch(`http://${signer.admin}/readyz`)).status;
  const live = await startLiveGateway({ signers: [signer.listenPort], healthCheckSeconds: 0.2 });
  stack.defer(live.close);
  await expect.poll(() => signer.output()).toContain('not ready: the workload has no credentials yet');
  expect([await ready(), await live.healthySigners()]).toEqual([503, 0]);
  await writeFile(
    credentials,
    `[default]\naws_access_key_id=${DEMO_WORKLOAD.accessKeyId}\naws_secret_access_key=${DEMO_WORKLOAD.secretAccessKey}\n`,
  );
  await expect.poll(ready, { timeout: 15_000 }).toBe(200);
  await expect.poll(live.healthySigners, { timeout: 10_000 }).toBe(1);
  await expect.poll(async () => (await send(live.port)).status, { timeout: 5_000 }).toBe(200);
  expect(await readFile(file, 'utf8')).toContain('orders');
});
