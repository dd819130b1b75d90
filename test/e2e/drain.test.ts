import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type SignerProcess, startSigner } from '../support/signer-process.ts';
import { send } from './support/client.ts';
import { underLoad } from './support/constant-load.ts';
import { startLiveGateway } from './support/live-gateway.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-real-secret' };

/** As in production, but for the times: the delay is longer than Envoy takes to see that health is gone. */
const start = (listen?: string) =>
  startSigner({ env: KEYS, args: ['--shutdown-delay', '1.5'], ...(listen !== undefined && { listen }) });

describe('a rolling restart', () => {
  it('loses no request: health goes first, streams under way end in peace, exit code 0', async () => {
    await using stack = new AsyncDisposableStack();
    const signers: SignerProcess[] = [];
    for (const _ of [1, 2]) signers.push(await start());
    stack.defer(async () => void (await Promise.all(signers.map((signer) => signer.close()))));
    const live = await startLiveGateway({
      signers: signers.map(({ listenPort }) => listenPort),
      healthCheckSeconds: 0.2,
    });
    stack.defer(live.close);
    await expect.poll(live.healthySigners, { timeout: 10_000 }).toBe(2);

    const { requests, failures } = await underLoad({ port: live.port, connections: 8 }, async () => {
      for (const [index, signer] of signers.entries()) {
        expect(await signer.close()).toEqual({ code: 0, signal: null });
        signers[index] = await start(signer.listen);
        await expect.poll(live.healthySigners, { timeout: 10_000 }).toBe(2);
      }
    });
    expect(failures).toEqual({});
    expect(requests).toBeGreaterThan(200);
  });
});

describe('at SIGTERM', () => {
  it('a request that is signed and waits for its answer outlives the signer', async () => {
    await using stack = new AsyncDisposableStack();
    const waiting: ServerResponse[] = [];
    const target = createServer((_, response) => void waiting.push(response)).listen(0, '127.0.0.1');
    await once(target, 'listening');
    stack.defer(() => void target.close());
    // With verdicts streams stay open for the answer, until the drain.
    const signer = await startSigner({ env: KEYS, config: 'verdicts: true', args: ['--shutdown-grace', '2'] });
    stack.defer(async () => void (await signer.close()));
    const upstreamPort = (target.address() as AddressInfo).port;
    const live = await startLiveGateway({ signers: [signer.listenPort], upstreamPort });
    stack.defer(live.close);

    const answers = [send(live.port), send(live.port, { method: 'POST', body: 'order' })];
    await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(2);
    expect(await signer.close()).toEqual({ code: 0, signal: null });
    for (const response of waiting) response.end('late');
    expect((await Promise.all(answers)).map(({ status, body }) => [status, body])).toEqual([
      [200, 'late'],
      [200, 'late'],
    ]);
  });

  it('probes are told at once, requests are signed until the delay is over', async () => {
    await using stack = new AsyncDisposableStack();
    const signer = await startSigner({ env: KEYS, args: ['--shutdown-delay', '3600'] });
    stack.defer(async () => void (await signer.kill()));
    const live = await startLiveGateway({ signers: [signer.listenPort] });
    stack.defer(live.close);
    const ready = async () => (await fetch(`http://${signer.admin}/readyz`)).status;
    expect(await ready()).toBe(200);
    process.kill(signer.pid, 'SIGTERM');
    await expect.poll(ready, { timeout: 10_000 }).toBe(503);
    expect((await send(live.port)).status).toBe(200);
    // A second signal ends it at once.
    process.kill(signer.pid, 'SIGTERM');
    expect((await signer.exited).code).toBe(1);
  });
});
