import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/client.ts';
import { streamingExampleConfig } from './support/example.ts';
import { residentMemory, sha256OfFile, uploadLarge } from './support/large-upload.ts';
import { canStream, startWorld, versitygw, type World } from './support/world.ts';

const MIB = 1024 * 1024;

// The long form, with 2 GiB, is test/long/s3-2gib.test.ts.
describe.skipIf(versitygw === undefined || !canStream)('a large upload in payload: streaming', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld([], { config: streamingExampleConfig });
  });
  afterAll(() => world?.close());

  it('of 200 MiB arrives whole, and the signer holds little of it', async () => {
    const port = world.envoy.listenerPorts.get('gateway') ?? 0;
    expect((await send(port, { method: 'PUT' })).status).toBe(200);
    const before = residentMemory(world.signer.pid);
    const upload = await uploadLarge(port, '/large', 200 * MIB, 1);
    expect(upload).toMatchObject({ status: 200 });
    expect(await sha256OfFile(join(world.s3.folder, 'uploads', 'large'))).toBe(upload.sha256);
    const after = residentMemory(world.signer.pid);
    // Node lets 64 MiB of buffers become garbage before it collects them.
    if (before && after) expect(after.peak - before.now).toBeLessThan(128);
  });
});
