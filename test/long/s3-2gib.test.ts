import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamingExampleConfig } from '../e2e/s3/support/example.ts';
import { residentMemory, sha256OfFile, uploadLarge } from '../e2e/s3/support/large-upload.ts';
import { startWorld, versitygw, type World } from '../e2e/s3/support/world.ts';
import { send } from '../e2e/support/client.ts';

const MIB = 1024 * 1024;
const SIZE = 2048 * MIB;
/** Nothing like the whole, to tell what grows with the size from what does not. */
const WARM_UP = 256 * MIB;
const MOST_GROWTH_MIB = 64;
const TIMEOUT_MS = 300_000;

describe.skipIf(versitygw === undefined)('payload: streaming, through a real Envoy into versitygw', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld([], { config: streamingExampleConfig });
  });
  afterAll(() => world?.close());

  it(
    'carries 2 GiB intact, and the signer grows by less than 64 MiB',
    async () => {
      const port = world.envoy.listenerPorts.get('gateway') ?? 0;
      expect((await send(port, { method: 'PUT' })).status).toBe(200);
      const idle = residentMemory(world.signer.pid);
      expect((await uploadLarge(port, '/warm-up', WARM_UP, 1)).status).toBe(200);
      const before = residentMemory(world.signer.pid);

      const upload = await uploadLarge(port, '/large', SIZE, 2);
      const after = residentMemory(world.signer.pid);
      expect(upload).toMatchObject({ status: 200 });
      const arrived = await sha256OfFile(join(world.s3.folder, 'uploads', 'large'));
      expect(arrived).toBe(upload.sha256);

      const envoy = residentMemory(world.envoy.pid);
      const mib = (value: number | undefined) => `${value?.toFixed(0)} MiB`;
      console.log(
        [
          `2 GiB in ${upload.seconds.toFixed(1)} s (${(2048 / upload.seconds).toFixed(0)} MiB/s), sha256 ${arrived}`,
          `signer: idle ${mib(idle?.now)}; behind ${WARM_UP / MIB} MiB ${mib(before?.now)}, at most ${mib(before?.peak)}; ` +
            `behind 2 GiB ${mib(after?.now)}, at most ${mib(after?.peak)}`,
          `envoy: at most ${mib(envoy?.peak)}`,
        ].join('\n'),
      );
      if (idle && after) expect(after.peak - idle.now).toBeLessThan(MOST_GROWTH_MIB);
    },
    TIMEOUT_MS,
  );
});
