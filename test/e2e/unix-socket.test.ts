import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { workloadApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { onlyAccepted } from './support/expect.ts';
import { route, startGateway } from './support/gateway.ts';

describe('a signer that listens on a unix socket', () => {
  let folder: string;
  let backends: Backends;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socket-'));
    backends = await startBackends({ signer: { listen: `unix:${join(folder, 'signer.sock')}` } });
  });
  afterAll(async () => {
    await backends.close();
    await rm(folder, { recursive: true });
  });

  it.each(PLACEMENTS)('signs for the %s filter, whose cluster has it as a pipe', async (placement) => {
    backends.standIn.service.reset();
    const signer = backends.signer.listen.slice('unix:'.length);
    const gateway = await startGateway(backends, {
      placement,
      routes: [route('/', workloadApi)],
      addresses: { signer },
    });
    const { status } = await gateway.send({ method: 'POST', body: 'order' });
    await gateway.close();
    expect(status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).body.toString()).toBe('order');
  });
});
