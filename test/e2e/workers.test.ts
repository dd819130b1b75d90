import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metric } from '../support/metrics.ts';
import { type SignerProcess, startSigner } from '../support/signer-process.ts';
import { send } from './support/client.ts';
import { underLoad } from './support/constant-load.ts';
import { startLiveGateway } from './support/live-gateway.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-real-secret' };

/** The worker processes, by their parent. */
async function workersOf({ pid }: SignerProcess): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').map(Number);
}

/** CPU time of a process, in ticks of 10 ms. */
async function cpuTicks(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

describe('several workers', () => {
  it('share the connections of one Envoy; one that is killed loses no request, and gets its share again', {
    timeout: 90_000,
  }, async () => {
    await using stack = new AsyncDisposableStack();
    const signer = await startSigner({ env: KEYS, args: ['--workers', '2'] });
    stack.defer(async () => void (await signer.close()));
    const live = await startLiveGateway({ signers: [signer.listenPort], retries: true, concurrency: 2 });
    stack.defer(live.close);

    const shares = async () => {
      const pids = await workersOf(signer);
      const before = await Promise.all(pids.map(cpuTicks));
      await underLoad({ port: live.port, connections: 16 }, async () => undefined);
      return (await Promise.all(pids.map(cpuTicks))).map((ticks, index) => ticks - (before[index] ?? 0));
    };
    expect(Math.min(...(await shares()))).toBeGreaterThan(3);

    const { requests, failures } = await underLoad({ port: live.port, connections: 16 }, async () => {
      for (const nth of [1, 2]) {
        const [victim = 0] = await workersOf(signer);
        process.kill(victim, 'SIGKILL');
        const restored = () =>
          Promise.all(['sigv4_workers_replaced_total', 'sigv4_workers '].map((name) => metric(signer, name)));
        await expect.poll(restored, { timeout: 15_000 }).toEqual([nth, 2]);
      }
    });
    expect(failures).toEqual({});
    expect(requests).toBeGreaterThan(200);
    await expect.poll(async () => Math.min(...(await shares())), { timeout: 20_000 }).toBeGreaterThan(3);
    expect(await signer.close()).toEqual({ code: 0, signal: null });
  });

  it('answer together on the admin port, reload together, and end together', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'server.yaml');
    await writeFile(file, 'workers: 2\n');
    const signer = await startSigner({
      env: KEYS,
      args: ['--config', file, '--socket-mode', '0660'],
      listen: `unix:${join(folder, 's.sock')}`,
    });
    stack.defer(async () => void (await signer.close()));
    const live = await startLiveGateway({ signers: [join(folder, 's.sock')], concurrency: 2 });
    stack.defer(live.close);
    const { requests, failures } = await underLoad({ port: live.port, connections: 8 }, async () => {
      await writeFile(file, 'workers: 2\nallow: [{services: [execute-api]}]\n');
      process.kill(signer.pid, 'SIGHUP');
      const reloads = () => metric(signer, 'sigv4_config_reloads_total{outcome="ok"}');
      await expect.poll(reloads, { timeout: 10_000 }).toBe(2);
    });
    expect(failures).toEqual({});
    expect(await metric(signer, 'sigv4_requests_total{outcome="signed"')).toBe(requests);
    expect((await fetch(`http://${signer.admin}/readyz`)).status).toBe(200);
    expect((await fetch(`http://${signer.admin}/nothing`)).status).toBe(404);

    const workers = await workersOf(signer);
    expect(workers).toHaveLength(2);
    expect(await signer.close()).toEqual({ code: 0, signal: null });
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect((await send(live.port)).status).toBeGreaterThanOrEqual(500);
  });

  it('say what keeps them from starting, once', async () => {
    const started = startSigner({
      env: KEYS,
      config: 'workers: 2\ntls: {cert_file: /nowhere/tls.crt, key_file: /nowhere/tls.key}\n',
    });
    await expect(started).rejects.toThrow(
      /ended with code 1\nerror: tls: \/nowhere\/tls\.crt cannot be read \(ENOENT\)$/,
    );
  });

  it('are asked for metrics in the moment in which one dies', async () => {
    await using stack = new AsyncDisposableStack();
    const signer = await startSigner({ env: KEYS, args: ['--workers', '2'] });
    stack.defer(async () => void (await signer.close()));
    for (const nth of [1, 2, 3]) {
      const [victim = 0] = await workersOf(signer);
      const asked = Promise.all(
        Array.from({ length: 8 }, async () => {
          while ((await metric(signer, 'sigv4_workers_replaced_total')) < nth)
            await fetch(`http://${signer.admin}/healthz`);
        }),
      );
      process.kill(victim, 'SIGKILL');
      await asked;
      await expect.poll(() => metric(signer, 'sigv4_workers '), { timeout: 10_000 }).toBe(2);
    }
    expect(await signer.close()).toEqual({ code: 0, signal: null });
  });

  it('end when the primary is killed', async () => {
    const signer = await startSigner({ env: KEYS, args: ['--workers', '2'] });
    const workers = await workersOf(signer);
    await signer.kill();
    const alive = () =>
      workers.filter((pid) => {
        try {
          return process.kill(pid, 0);
        } catch {
          return false;
        }
      });
    await expect.poll(alive, { timeout: 10_000 }).toEqual([]);
  });
});
